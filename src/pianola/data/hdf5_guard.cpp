#ifdef PIANOLA_WITH_HDF5
#include "pianola/data/hdf5_guard.hpp"

#include <hdf5.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace pianola {
namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t));
static_assert(std::is_same_v<herr_t, int>);

std::recursive_mutex& hdf5_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

/// libhdf5's file drivers wrap the system's reason in a page of detail: errno and text are what a user needs.
std::string shorten_reason(std::string reason) {
  constexpr std::string_view kMark = "error message = '";
  if (const std::size_t at = reason.find(kMark); at != std::string::npos) {
    const std::size_t begin = at + kMark.size();
    reason = reason.substr(begin, reason.find('\'', begin) - begin);
  }
  return reason;
}

herr_t take_innermost(unsigned n, const H5E_error2_t* error, void* out) {
  if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
  return 0;
}

}  // namespace

Hdf5Guard::Hdf5Guard() : lock_(hdf5_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, reinterpret_cast<H5E_auto2_t*>(&printer_), &printer_argument_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Guard::~Hdf5Guard() {
  H5Eclear2(H5E_DEFAULT);  // errors that a thread leaves behind keep libhdf5 from closing at the process's end
  H5Eset_auto2(H5E_DEFAULT, reinterpret_cast<H5E_auto2_t>(printer_), printer_argument_);
}

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &reason);
  return reason.empty() ? "no reason given" : shorten_reason(std::move(reason));
}

Hdf5Id::Hdf5Id(Hdf5Id&& other) noexcept
    : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}

Hdf5Id& Hdf5Id::operator=(Hdf5Id&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = std::exchange(other.close_, nullptr);
  }
  return *this;
}

bool Hdf5Id::reset() noexcept {
  const std::int64_t id = std::exchange(id_, -1);
  return id < 0 || close_ == nullptr || close_(id) >= 0;
}

}  // namespace pianola
#endif  // PIANOLA_WITH_HDF5
