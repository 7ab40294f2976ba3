#include "pianola/policies/exported_folder.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "pianola/base/atomic_folder.hpp"
#include "pianola/base/error.hpp"
#include "pianola/base/file.hpp"
#include "pianola/base/json.hpp"
#include "pianola/base/terminal_text.hpp"
#include "pianola/policies/image_layout.hpp"
#include "pianola/policies/model_file.hpp"
#include "pianola/policies/model_image.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/run_description.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/runtime_image.hpp"

namespace pianola {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kFormats{std::pair{"fp32", WeightFormat::float32}, std::pair{"bf16", WeightFormat::bfloat16},
                              std::pair{"int8", WeightFormat::int8}};

constexpr const char* kProgram =
    R"(// Plays policy.pianola: a line of observation numbers in, a line of action numbers out.
//   cmake -B build -DCMAKE_PREFIX_PATH=WHERE_PIANOLA_IS_INSTALLED && cmake --build build
//   echo "0.1 0.2 ..." | build/run_policy policy.pianola
#include <pianola/policies/runtime.hpp>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <vector>

// The runtime wants image and memory at multiples of 64 bytes, and never asks for more.
struct alignas(64) Block { std::byte bytes[64]; };

int main(int argc, char** argv) {
  std::ifstream file(argc > 1 ? argv[1] : "policy.pianola", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<Block> blocks(bytes.size() / sizeof(Block) + 1);
  std::memcpy(blocks.data(), bytes.data(), bytes.size());
  const auto image = std::as_bytes(std::span(blocks)).first(bytes.size());
  std::vector<Block> memory(pianola::Runtime::required_bytes(image) / sizeof(Block) + 1);
  pianola::Runtime runtime;
  pianola::Status status = pianola::Runtime::bind(image, std::as_writable_bytes(std::span(memory)), runtime);
  if (status != pianola::Status::ok) return std::fprintf(stderr, "%s\n", pianola::status_text(status)), 1;
  std::vector<float> action(runtime.chunk() * runtime.action_dim());
  std::uint64_t step = 0;  // names the randomness of a decision; mix a seed in to have another run
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream numbers(line);
    const std::vector<float> observation{std::istream_iterator<float>(numbers), {}};
    status = runtime.act(observation, step++, action);
    if (status != pianola::Status::ok) std::fprintf(stderr, "%s\n", pianola::status_text(status));
    for (const float u : action) std::printf("%.9g ", static_cast<double>(u));
    std::printf("\n");
  }
}
)";

constexpr const char* kBuild = R"(cmake_minimum_required(VERSION 3.25)
project(run_policy LANGUAGES CXX)
find_package(pianola REQUIRED COMPONENTS runtime)
add_executable(run_policy run_policy.cpp)
target_link_libraries(run_policy PRIVATE pianola::runtime)
)";

const std::array<const char*, 4> kFiles{"policy.pianola", "policy.json", "run_policy.cpp", "CMakeLists.txt"};

std::string kinds_with_image() {
  std::string names;
  for (const PolicyEntry& entry : policies()) {
    if (entry.image != nullptr) names += (names.empty() ? "" : ", ") + entry.name;
  }
  return names;
}

std::string checksum_text(const AlignedBytes& image) { return fmt::format("{:016x}", image::checksum(image)); }

Json describe(const LoadedRun& run, const TensorFile& file, WeightFormat weights, const AlignedBytes& image) {
  const PolicyInfo& policy = run.policy->info();
  const QuantizerInfo& codec = run.quantizer->info();
  std::size_t parameters = 0;
  for (const auto& [name, tensor] : file.tensors) {
    if (!name.starts_with("observation_")) parameters += tensor.bytes.size() / sizeof(float);
  }
  const auto chosen = file.metadata.find("chosen");
  const Json whole = describe_run(run, file);
  return {{"format_version", kExportFormatVersion},
          {"pianola", PIANOLA_VERSION},
          {"policy", run.policy_spec},
          {"parameters", parameters},
          {"weights", weight_format_name(weights)},
          {"observation_dim", policy.observation_dim},
          {"history", policy.history},
          {"action_dim", codec.action_dim},
          {"chunk", codec.chunk},
          {"quantizer", codec.spec},
          {"quantizer_fingerprint", run.quantizer->fingerprint()},
          {"dataset_fingerprint", run.dataset_fingerprint},
          {"system", run.system_spec},
          {"chosen", chosen == file.metadata.end() ? "" : chosen->second},
          {"image_bytes", image.size()},
          {"image_checksum", checksum_text(image)},
          {"observation_mean", whole["observation_mean"]},
          {"observation_std", whole["observation_std"]},
          {"training", whole["training"]}};
}

/// What policy.json says must be what the image holds.
void check_image(const Json& description, const AlignedBytes& image, const std::string& file) {
  const auto compare = [&](const char* key, const Json& held) {
    const Json said = description.value(key, Json());
    if (said == held) return;
    throw DataError(
        fmt::format("{}: '{}' is {}, but policy.pianola beside it has {}; the two are not of one export: "
                    "export the run again",
                    file, key, clean_text(said.dump()), held.dump()));
  };
  if (description["format_version"] != 1) compare("image_checksum", checksum_text(image));
  AlignedBytes memory(Runtime::required_bytes(image));
  Runtime runtime;
  if (Runtime::bind(image, memory, runtime) != Status::ok) return;  // read_runtime_image has bound it before
  compare("observation_dim", runtime.observation_dim());
  compare("history", runtime.history());
  compare("action_dim", runtime.action_dim());
  compare("chunk", runtime.chunk());
}

/// The run's transition model, where it has one that the runtime plays; why not, where it does not.
void export_model(const LoadedRun& run, const AlignedBytes& policy, const fs::path& folder, ExportedFolder& done) {
  const std::optional<ModelContents> contents = read_model(run);
  if (!contents) return;
  const std::string why = no_model_image(*contents);
  done.description["model"] = {{"spec", contents->parts.spec}, {"left_out", why.empty() ? Json() : Json(why)}};
  if (!why.empty()) return;
  const AlignedBytes image = make_model_image(*contents, policy, (run.folder / "model.safetensors").string());
  write_model_image(folder / "model.pianola", image);
  done.description["model"]["image_bytes"] = image.size();
  done.files.insert(done.files.begin() + 1, "model.pianola");
}

}  // namespace

WeightFormat weight_format(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [text, format] : kFormats) {
    if (name == text) return format;
    known.emplace_back(text);
  }
  throw_unknown_name("weight format", name, known);
}

const char* weight_format_name(WeightFormat format) noexcept {
  for (const auto& [text, value] : kFormats) {
    if (value == format) return text;
  }
  return "unknown";
}

AlignedBytes exported_image(const LoadedRun& run, const TensorFile& file, WeightFormat weights) {
  const PolicyEntry& entry = find_policy(parse_spec(run.policy_spec).name);
  const std::string source = (run.folder / "policy.safetensors").string();
  if (entry.image != nullptr) return entry.image(file, source, weights, *run.quantizer);
  throw UsageError(fmt::format("export: the runtime has no image for the policy '{}'; it plays {}", run.policy_spec,
                               kinds_with_image()));
}

ExportedFolder export_run(const fs::path& run, const fs::path& out, WeightFormat weights) {
  const LoadedRun loaded = load_run(run);
  const TensorFile file = read_safetensors(run / "policy.safetensors");
  const AlignedBytes image = exported_image(loaded, file, weights);
  AtomicFolder folder(out);
  ExportedFolder done{out, {kFiles.begin(), kFiles.end()}, describe(loaded, file, weights, image)};
  export_model(loaded, image, folder.temporary(), done);
  write_runtime_image(folder.temporary() / kFiles[0], image);
  write_file(folder.temporary() / kFiles[1], done.description.dump(2) + "\n");
  write_file(folder.temporary() / kFiles[2], std::string(kProgram));
  write_file(folder.temporary() / kFiles[3], std::string(kBuild));
  folder.commit();
  return done;
}

Json read_exported(const fs::path& folder) {
  const fs::path file = folder / "policy.json";
  Json description;
  try {
    description = Json::parse(read_file(file));
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{} is no JSON: {}; export the run again", file.string(), error.what()));
  }
  const auto version = description.is_object() ? description.value("format_version", Json()) : Json();
  if (version != 1 && version != kExportFormatVersion) {
    throw DataError(fmt::format("{} has format_version {}, but this build reads 1 and {}; export the run again",
                                file.string(), version.dump(), kExportFormatVersion));
  }
  const AlignedBytes image = read_runtime_image(folder / "policy.pianola");
  check_image(description, image, file.string());
  description["image_bytes"] = image.size();
  description["memory_bytes"] = Runtime::required_bytes(image);
  return description;
}

}  // namespace pianola
