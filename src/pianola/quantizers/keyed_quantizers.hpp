// A quantizer for each value of an attribute of the trajectories: robot type, control mode, task.
//
// Each is fitted to the trajectories that have its value, and so has their range, their normalisation, their codebook.
// They stand in one file, which names the attribute. Tokens do not say whose they are: who decodes them names the part
// (saved:PATH,part=robot_type=so100), and nothing is guessed.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pianola/data/dataset.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// The quantizer of one value.
struct KeyedQuantizer {
  std::string value;
  std::vector<std::size_t> trajectories;  ///< their numbers in the reader that it was fitted to, ascending
  std::size_t steps = 0;                  ///< of these trajectories
  std::shared_ptr<const Quantizer> quantizer;
};

struct KeyedQuantizers {
  std::string key;                    ///< the attribute
  std::vector<KeyedQuantizer> parts;  ///< by value; each trajectory belongs to one
};

using FitToReader = std::function<std::shared_ptr<const Quantizer>(TrajectoryReader&)>;

/// One quantizer for each value of the attribute `key`, by `fit` of the trajectories that have it.
/// @throws UsageError, DataError as parts_by (data/attribute_subset.hpp) and as `fit`.
KeyedQuantizers fit_keyed(TrajectoryReader& reader, const std::string& key, const FitToReader& fit);

/// {format_version, by, parts: [{value, trajectories, steps, quantizer: as Quantizer::save}]}.
nlohmann::ordered_json save_keyed(const KeyedQuantizers& keyed);

/// Whether a file holds quantizers of parts, and not one for all.
bool is_keyed(const nlohmann::ordered_json& saved);

/// The quantizer of the part "robot_type=so100" of what save_keyed wrote; `where` names the file in errors.
/// @throws UsageError, naming the parts that there are, if `part` is empty, of another attribute or of no known value;
/// DataError for what save_keyed cannot have written.
std::unique_ptr<Quantizer> load_part(const nlohmann::ordered_json& saved, const std::string& part,
                                     const std::string& where);

}  // namespace pianola
