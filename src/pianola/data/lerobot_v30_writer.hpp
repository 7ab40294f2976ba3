// The files of LeRobotDataset v3.0 (lerobot_v30.hpp), as they are written.
#pragma once

#include <cstddef>
#include <memory>

#include "pianola/data/lerobot_writer.hpp"

namespace pianola {

/// `file_bytes`: a data file that would grow beyond this is followed by a new one; LeRobot's own limit is 100 MiB.
std::unique_ptr<LeRobotLayout> make_lerobot_v30_layout(std::size_t file_bytes = std::size_t{100} << 20);

}  // namespace pianola
