#include "pianola/policies/run_candidates.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "pianola/base/spec.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/sealed_file.hpp"

namespace pianola {

std::vector<RunCandidate> load_candidates(const std::filesystem::path& run, const std::string& policy_spec) {
  constexpr std::string_view kBegin = "step-";
  std::vector<RunCandidate> out;
  const std::filesystem::path folder = run / "candidates";
  if (!std::filesystem::is_directory(folder)) return out;
  const PolicyEntry& entry = find_policy(parse_spec(policy_spec).name);
  for (const auto& item : std::filesystem::directory_iterator(folder)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(kBegin) || item.path().extension() != ".safetensors") continue;
    RunCandidate candidate;
    candidate.steps = std::strtoull(name.c_str() + kBegin.size(), nullptr, 10);
    const TensorFile tensors = read_sealed(item.path());
    if (entry.load != nullptr) candidate.policy = entry.load(tensors, item.path().string());
    if (entry.load_actions != nullptr) candidate.action_policy = entry.load_actions(tensors, item.path().string());
    out.push_back(std::move(candidate));
  }
  std::ranges::sort(out, {}, &RunCandidate::steps);
  return out;
}

}  // namespace pianola
