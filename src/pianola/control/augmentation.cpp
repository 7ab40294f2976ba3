#include "pianola/control/augmentation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/control/ordered_blocks.hpp"
#include "pianola/data/relabelled.hpp"
#include "pianola/policies/transition_data.hpp"

// One line an augmentation, in the order in which help lists them.
#define PIANOLA_AUGMENTATIONS(X) \
  X(model)                       \
  X(closest)

namespace pianola {

#define X(name) AugmentationEntry augmentation_entry_##name();
PIANOLA_AUGMENTATIONS(X)
#undef X

namespace {

constexpr std::size_t kLanes = 16;  // demonstrations of a block

const AugmentationEntry& find_augmentation(const std::string& name) {
  std::vector<std::string> known;
  for (const AugmentationEntry& entry : augmentations()) {
    if (entry.name == name) return entry;
    known.push_back(entry.name);
  }
  throw_unknown_name("augmentation", name, known);
}

void require_equal(std::size_t got, std::size_t wanted, const char* what, const Dataset& data, const std::string& who) {
  if (got == wanted) return;
  throw UsageError(fmt::format("augment: dataset '{}' has {} {} dimensions, {} has {}; use what belongs together",
                               data.info().path, got, what, who, wanted));
}

void check(const AugmentPlan& plan) {
  if (plan.demonstrations == nullptr || plan.demonstrations->size() == 0) {
    throw UsageError("augment: there are no demonstrations; collect some first");
  }
  const Dataset& data = *plan.demonstrations;
  if (data.info().attributes.contains(kRelabelled)) {
    throw UsageError(
        fmt::format("augment: dataset '{}' is augmented already; augment the demonstrations that it was made of",
                    data.info().path));
  }
  if (plan.deployment.quantizer == nullptr) {
    throw UsageError(
        "augment: tokens are what is relabelled, and there is no quantizer; give a run of a policy of "
        "tokens (--run)");
  }
  const QuantizerInfo& quantizer = plan.deployment.quantizer->info();
  require_equal(data.info().action_dim, quantizer.action_dim, "action", data, "quantizer '" + quantizer.spec + "'");
  if (quantizer.chunk != 1 || quantizer.memory_size != 0) {
    throw UsageError(fmt::format(
        "augment: needs tokens of one action each and quantizers without memory, but '{}' has chunks of {}{}; give a "
        "run that was trained with --chunk 1",
        quantizer.spec, quantizer.chunk, quantizer.memory_size != 0 ? " and a moving scale" : ""));
  }
  if (plan.deployment.system != nullptr) {
    const SystemInfo& system = plan.deployment.system->info();
    require_equal(data.info().observation_dim, system.observation_dim, "observation", data,
                  "system '" + system.spec + "'");
    require_equal(data.info().action_dim, system.action_dim, "action", data, "system '" + system.spec + "'");
  }
}

std::vector<Relabelled> relabel_all(const Augmentation& augmentation, const AugmentPlan& plan) {
  Progress& progress = plan.progress != nullptr ? *plan.progress : no_progress();
  const std::size_t count = plan.demonstrations->size();
  std::vector<Relabelled> all;
  progress.begin("augment", count, "demonstrations");
  ordered_blocks(count, std::max<std::size_t>(1, std::min(kLanes, count / static_cast<std::size_t>(threads()))),
                 [&](const Block& block) -> InOrder {
                   throw_if_interrupted();
                   auto made = std::make_shared<std::vector<Relabelled>>(augmentation.relabel(block));
                   return [made, &all, &progress] {
                     progress.advance(made->size());
                     std::ranges::move(*made, std::back_inserter(all));
                   };
                 });
  progress.end();
  return all;
}

/// What every trajectory of the result records.
struct Fields {
  bool executed = false, next = false;
};

Fields fields_of(const Dataset& data, const std::vector<Relabelled>& made) {
  const Trajectory first = data.trajectory(0);
  const auto executes = [](const Trajectory& t) { return !t.executed_actions.empty(); };
  const bool relabelled =
      std::ranges::any_of(made, [&](const Relabelled& one) { return std::ranges::any_of(one.trajectories, executes); });
  return {executes(first) || relabelled, !first.next_observations.empty()};
}

Trajectory with_fields(Trajectory t, const Fields& fields) {
  t.rewards.clear();
  t.dones.clear();
  t.timestamps.clear();
  if (fields.executed && t.executed_actions.empty()) t.executed_actions = t.actions;
  if (!fields.next) t.next_observations.clear();
  return t;
}

DatasetInfo augmented_info(const Dataset& data, const std::string& spec, const std::vector<Relabelled>& made) {
  DatasetInfo info = data.info();
  info.format.clear();
  info.path.clear();
  info.extra_fields.clear();
  info.subsets.clear();
  std::vector<std::size_t> counts;
  counts.reserve(made.size());
  for (const Relabelled& one : made) counts.push_back(one.trajectories.size());
  info.attributes[kRelabelled] = relabelled_text(counts);
  info.attributes["relabelled_by"] = spec;
  return info;
}

void count(const Relabelled& made, std::size_t action_dim, AugmentedDataset& out) {
  out.unused += made.trajectories.empty() ? 1 : 0;
  out.relabelled += made.trajectories.size();
  out.cut_short += made.cut_short;
  for (const Trajectory& t : made.trajectories) {
    out.relabelled_steps += t.steps;
    for (std::size_t row = 0; row < t.steps; ++row) out.off_label += executed_as_labelled(t, row, action_dim) ? 0 : 1;
  }
}

}  // namespace

std::span<const AugmentationEntry> augmentations() {
#define X(name) augmentation_entry_##name(),
  static const std::vector<AugmentationEntry> entries{PIANOLA_AUGMENTATIONS(X)};
#undef X
  return entries;
}

AugmentedDataset augment(const std::string& text, const AugmentPlan& plan) {
  const Spec spec = parse_spec(text);
  const AugmentationEntry& entry = find_augmentation(spec.name);
  check(plan);
  const Dataset& data = *plan.demonstrations;
  const auto augmentation = entry.make(spec, plan);
  const std::vector<Relabelled> made = relabel_all(*augmentation, plan);
  AugmentedDataset out{Dataset(augmented_info(data, augmentation->spec(), made)), augmentation->spec(), data.size()};
  for (const Relabelled& one : made) count(one, data.info().action_dim, out);
  if (out.relabelled == 0) {
    throw UsageError(
        fmt::format("augment: '{}' makes nothing of the {} demonstrations of '{}': they are perturbed, too "
                    "short, or the first relabelled state of each is none",
                    out.spec, data.size(), data.info().path));
  }
  const Fields fields = fields_of(data, made);
  out.data.reserve(data.size() + out.relabelled, data.steps() + out.relabelled_steps);
  for (std::size_t i = 0; i < data.size(); ++i) out.data.append(with_fields(data.trajectory(i), fields));
  for (const Relabelled& one : made) {
    for (const Trajectory& t : one.trajectories) out.data.append(with_fields(t, fields));
  }
  return out;
}

std::vector<std::string> left_out_by_augmenting(const Dataset& demonstrations) {
  std::vector<std::string> out;
  if (demonstrations.size() == 0) return out;
  const Trajectory first = demonstrations.trajectory(0);
  for (const auto& [name, values] : {std::pair{"rewards", &first.rewards}, std::pair{"dones", &first.dones},
                                     std::pair{"timestamps", &first.timestamps}}) {
    if (!values->empty()) out.emplace_back(name);
  }
  for (const ExtraField& field : demonstrations.info().extra_fields) out.push_back(field.name);
  for (const auto& [name, numbers] : demonstrations.info().subsets) out.push_back("subset " + name);
  return out;
}

}  // namespace pianola
