// Fitting a joint codebook: what k-means and k-disks share before and after their codes are found.
//
// Rows are float32 numbers w·u, one row a step or a whole chunk; codes come back in action units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pianola/quantizers/action_scale.hpp"
#include "pianola/quantizers/chunk_sample.hpp"
#include "pianola/quantizers/joint_codebook.hpp"
#include "pianola/quantizers/registry.hpp"

namespace pianola {

/// "step" or "chunk". @throws UsageError for another word, naming the nearest.
bool joint_by_chunk(const std::string& joint, const std::string& who);

/// Numbers of an option in [low, high]. @throws UsageError.
std::size_t checked_option(const std::string& who, const char* name, int value, int low, int high);

struct JointRows {
  std::size_t action_dim = 0, chunk = 1;
  bool whole_chunks = false;
  std::size_t width = 0;      ///< of a row
  std::vector<float> rows;    ///< [n × width], scaled
  std::vector<double> scale;  ///< w: [action_dim]
  std::vector<double> plain;  ///< [action_dim]: what dimensions with w = 0 decode to (their mean)
  ActionRange box;            ///< of all actions
  [[nodiscard]] std::size_t size() const { return rows.size() / width; }
};

/// @throws UsageError without data; DataError as sample_chunks, or for fewer than k distinct rows.
JointRows joint_rows(const ActionScaleOptions& options, bool whole_chunks, std::size_t k, const FitContext& context,
                     const SampleLimits& limits, const std::string& who);

/// codes: [k × width], scaled; tokens: the nearest code of each row. offsets: whether to measure them.
JointCodes joint_codes(const JointRows& rows, std::span<const float> codes, std::span<const std::uint32_t> tokens,
                       bool offsets, std::string spec);

}  // namespace pianola
