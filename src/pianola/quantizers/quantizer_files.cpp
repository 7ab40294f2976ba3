#include "pianola/quantizers/quantizer_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/quantizers/fast.hpp"
#include "pianola/quantizers/tokenizer_files.hpp"
#include "pianola/quantizers/twin.hpp"

namespace pianola {
namespace {

UsageError no_tokenizer(const std::string& spec) {
  return UsageError("'" + spec +
                    "' has no tokenizer to write: take --quantizer fast, of actions as they are (linear, "
                    "absolute)");
}

std::unique_ptr<TokenizerFiles> prepare_tokenizer(const std::string& folder, const Quantizer& quantizer) {
  if (folder.empty()) return nullptr;
  const auto* const fast = dynamic_cast<const Fast*>(&quantizer);
  if (fast == nullptr) throw no_tokenizer(quantizer.info().spec);
  return std::make_unique<TokenizerFiles>(folder, fast->tokenizer());
}

std::unique_ptr<AtomicPath> prepare_quantizer(const std::string& path, const nlohmann::ordered_json& saved) {
  const std::string text = saved.dump(2) + "\n";
  if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path)) {  // a device
    write_file(path, text);
    return nullptr;
  }
  auto waiting = std::make_unique<AtomicPath>(path);
  write_file(waiting->temporary(), text);
  return waiting;
}

}  // namespace

void require_tokenizer(const std::string& spec, const std::string& by) {
  const std::string name = parse_spec(spec).name;
  if (name != "fast" && name != "saved") throw no_tokenizer(spec);
  if (by.empty()) return;
  throw UsageError(
      fmt::format("a tokenizer is of one quantizer, and here is one for each {}; write that of each part by "
                  "itself, with --subset {}=VALUE",
                  by, by));
}

std::vector<std::string> write_quantizer_files(const QuantizerFiles& files, const Quantizer& quantizer,
                                               TrajectoryReader& reader, const NoiseKey& key) {
  const auto tokenizer = prepare_tokenizer(files.tokenizer, quantizer);
  const auto saved = files.quantizer.empty() ? nullptr : prepare_quantizer(files.quantizer, quantizer.save());
  std::vector<std::string> lost;
  if (!files.twin.empty()) lost = write_quantized_twin(reader, quantizer, key, files.twin, files.twin_format);
  if (tokenizer != nullptr) tokenizer->commit();
  if (saved != nullptr) saved->commit();
  return lost;
}

std::vector<std::string> write_quantizer_files(const QuantizerFiles& files, const KeyedQuantizers& keyed,
                                               TrajectoryReader& reader, const NoiseKey& key) {
  if (!files.tokenizer.empty()) require_tokenizer(keyed.parts.front().quantizer->info().spec, keyed.key);
  const auto saved = files.quantizer.empty() ? nullptr : prepare_quantizer(files.quantizer, save_keyed(keyed));
  std::vector<std::string> lost;
  if (!files.twin.empty()) lost = write_quantized_twin(reader, keyed, key, files.twin, files.twin_format);
  if (saved != nullptr) saved->commit();
  return lost;
}

}  // namespace pianola
