#include "pianola/policies/run_candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "pianola/base/spec.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/sealed_file.hpp"

namespace pianola {
namespace {

constexpr std::string_view kFolder = "candidates", kBegin = "step-", kEnd = ".safetensors";

}  // namespace

std::filesystem::path candidate_file(const std::filesystem::path& run, std::uint64_t steps) {
  return run / kFolder / fmt::format("{}{:08}{}", kBegin, steps, kEnd);
}

RunCandidate load_candidate(const std::filesystem::path& file, const std::string& policy_spec) {
  const PolicyEntry& entry = find_policy(parse_spec(policy_spec).name);
  const TensorFile tensors = read_sealed(file);
  RunCandidate out;
  out.steps = std::strtoull(file.filename().string().c_str() + kBegin.size(), nullptr, 10);
  if (entry.load != nullptr) out.policy = entry.load(tensors, file.string());
  if (entry.load_actions != nullptr) out.action_policy = entry.load_actions(tensors, file.string());
  return out;
}

std::vector<RunCandidate> load_candidates(const std::filesystem::path& run, const std::string& policy_spec) {
  std::vector<RunCandidate> out;
  const std::filesystem::path folder = run / kFolder;
  if (!std::filesystem::is_directory(folder)) return out;
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    const bool named = item.path().filename().string().starts_with(kBegin);
    if (named && item.path().extension() == kEnd) out.push_back(load_candidate(item.path(), policy_spec));
  }
  std::ranges::sort(out, {}, &RunCandidate::steps);
  return out;
}

}  // namespace pianola
