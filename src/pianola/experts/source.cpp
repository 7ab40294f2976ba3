#include "pianola/experts/source.hpp"

#include <fmt/format.h>

#include <cassert>

#include "pianola/base/error.hpp"

namespace pianola {
namespace {

struct SourceConfig {
  template <class V>
  void visit(V&&) {}
};

std::shared_ptr<const Expert> make(const Spec& spec, std::shared_ptr<const System> system) {
  read_options<SourceConfig>(spec, "expert 'source'");
  auto sequence = std::dynamic_pointer_cast<const Sequence>(system);
  if (sequence) return std::make_shared<SourceExpert>(std::move(sequence));
  throw UsageError(fmt::format("expert 'source' plays system 'sequence' only, not '{}'", system->info().spec));
}

}  // namespace

SourceExpert::SourceExpert(std::shared_ptr<const Sequence> system) : system_(std::move(system)) {
  info_.spec = "source";
  info_.observation_dim = info_.action_dim = 1;
  info_.deterministic = false;
  info_.needs_plant = true;
}

std::vector<double> SourceExpert::states(const Situation& situation) const {
  if (situation.plant == nullptr) {
    throw UsageError(
        "expert 'source': the next token depends on more than the last one, which is all that is observed; "
        "it needs the plant");
  }
  std::vector<double> states(situation.lanes() * system_->info().state_size);
  situation.plant->save(states);
  return states;
}

void SourceExpert::act(const NoiseKey& key, const Situation& situation, std::span<double> actions) const {
  assert(actions.size() == situation.lanes());
  const std::vector<double> all = states(situation);
  const NoiseKey stream = key.child("expert");
  const std::size_t order = system_->info().state_size;
  for (std::size_t lane = 0; lane < situation.lanes(); ++lane) {
    const auto law = system_->law(std::span(all).subspan(lane * order, order));
    const double u = uniform(stream, situation.ids[lane], situation.h[lane]);
    std::size_t token = 0;
    for (double sum = law[0]; sum <= u && token + 1 < law.size();) sum += law[++token];
    actions[lane] = static_cast<double>(token);
  }
}

bool SourceExpert::law(const Situation& situation, std::span<ActionLaw> laws) const {
  const std::vector<double> all = states(situation);
  const std::size_t order = system_->info().state_size;
  for (std::size_t lane = 0; lane < laws.size(); ++lane) {
    const auto law = system_->law(std::span(all).subspan(lane * order, order));
    laws[lane] = {1, {law.begin(), law.end()}, {}, {}};
    for (std::size_t u = 0; u < law.size(); ++u) laws[lane].means.push_back(static_cast<double>(u));
  }
  return true;
}

ExpertEntry entry_source() {
  return {"source", "the Markov chain that system 'sequence' is about: draws the next token from its known law",
          describe_options<SourceConfig>(), make};
}

}  // namespace pianola
