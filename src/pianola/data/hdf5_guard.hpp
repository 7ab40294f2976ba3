// What every call to libhdf5 needs: one process-wide mutex (not every build of libhdf5 may be called from two threads),
// its own printing of errors off, its innermost reason for our messages, and identifiers that close themselves.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions. No HDF5 header is needed to include this one.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

namespace pianola {

/// Holds the process-wide HDF5 mutex and silences libhdf5. Every direct call to libhdf5 needs one; they may nest.
class Hdf5Guard {
 public:
  Hdf5Guard();
  ~Hdf5Guard();
  Hdf5Guard(const Hdf5Guard&) = delete;
  Hdf5Guard& operator=(const Hdf5Guard&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  int (*printer_)(std::int64_t, void*) = nullptr;  // what libhdf5 printed with before, and its argument
  void* printer_argument_ = nullptr;
};

/// The innermost reason of libhdf5's last failure in this thread, e.g. "No space left on device". Hold a Hdf5Guard.
std::string hdf5_reason();

/// One of libhdf5's identifiers; closes what it names. Call under a Hdf5Guard, destruction included.
class Hdf5Id {
 public:
  using Close = int (*)(std::int64_t);
  Hdf5Id() = default;
  Hdf5Id(std::int64_t id, Close close) : id_(id), close_(close) {}
  ~Hdf5Id() { reset(); }
  Hdf5Id(Hdf5Id&& other) noexcept;
  Hdf5Id& operator=(Hdf5Id&& other) noexcept;
  [[nodiscard]] std::int64_t get() const { return id_; }
  [[nodiscard]] bool ok() const { return id_ >= 0; }
  /// Closes now; false if libhdf5 could not.
  bool reset() noexcept;

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace pianola
