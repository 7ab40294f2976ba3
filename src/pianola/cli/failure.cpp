#include "pianola/cli/failure.hpp"

#include <new>
#include <ostream>
#include <stdexcept>
#include <system_error>

#include "pianola/base/error.hpp"

namespace pianola::cli {
namespace {

constexpr int kResourceFailed = 4;
constexpr const char* kOutOfMemory =
    "pianola: out of memory; use fewer rollouts, fewer trajectories or a smaller file\n";
constexpr const char* kReport = "this is a mistake of pianola, not yours: please report it with the command line\n";

}  // namespace

int report_failure(std::exception_ptr failure, std::ostream& err) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const Error& error) {
    err << "pianola: " << error.what() << '\n';
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    err << kOutOfMemory;
  } catch (const std::length_error&) {  // an array longer than any can be
    err << kOutOfMemory;
  } catch (const std::system_error& error) {  // files (std::filesystem), streams, threads
    err << "pianola: " << error.what() << "; check the path, its permissions and the disk\n";
  } catch (const std::exception& error) {
    err << "pianola: internal error: " << error.what() << "; " << kReport;
  } catch (...) {
    err << "pianola: internal error of no known kind; " << kReport;
  }
  return kResourceFailed;
}

}  // namespace pianola::cli
