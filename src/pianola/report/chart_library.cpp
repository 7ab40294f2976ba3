#include "pianola/report/chart_library.hpp"

#ifdef PIANOLA_CHART_LIBRARY
extern "C" {
// Defined by the assembler's .incbin; see cmake/chart_library.S.in.
extern const char pianola_chart_library_begin[], pianola_chart_library_end[];
extern const char pianola_chart_notices_begin[], pianola_chart_notices_end[];
}
#endif

namespace pianola {

#ifdef PIANOLA_CHART_LIBRARY
std::string_view chart_library() noexcept { return {pianola_chart_library_begin, pianola_chart_library_end}; }
std::string_view chart_notices() noexcept { return {pianola_chart_notices_begin, pianola_chart_notices_end}; }
#else
std::string_view chart_library() noexcept { return {}; }
std::string_view chart_notices() noexcept { return {}; }
#endif

}  // namespace pianola
