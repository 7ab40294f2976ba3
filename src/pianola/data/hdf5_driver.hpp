// A file driver for libhdf5 that never tells it that a write failed.
//
// libhdf5 does not survive a failed write: H5Fclose leaves the file half open, and the process crashes when it ends
// (seen with 1.10.8 and a full disk). So this driver keeps the first failure's errno for the caller, drops raw data
// from then on, and holds metadata in memory, which libhdf5 may want to read again; the caller looks, stops, closes
// in peace and throws the file away.
//
// Only a build with PIANOLA_WITH_HDF5 has these functions.
#pragma once

#include "pianola/data/hdf5_guard.hpp"

namespace pianola {

/// File access properties for H5Fcreate. The first errno of a failed write, truncation or close goes to *first_error,
/// which must be 0 before and outlive the file. Call under a Hdf5Guard.
Hdf5Id hdf5_remembering_access(int* first_error);

}  // namespace pianola
