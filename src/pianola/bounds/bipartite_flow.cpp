#include "pianola/bounds/bipartite_flow.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pianola {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

std::size_t words(std::size_t bits) { return (bits + 63) / 64; }
void set(std::uint64_t* bits, std::size_t i) { bits[i / 64] |= std::uint64_t{1} << i % 64; }
void clear(std::uint64_t* bits, std::size_t i) { bits[i / 64] &= ~(std::uint64_t{1} << i % 64); }

/// First member of both sets.
std::size_t first_common(const std::uint64_t* a, const std::uint64_t* b, std::size_t words) {
  for (std::size_t w = 0; w < words; ++w) {
    if ((a[w] & b[w]) != 0) return 64 * w + static_cast<std::size_t>(std::countr_zero(a[w] & b[w]));
  }
  return kNone;
}

template <class Visit>
void for_each(const std::vector<std::uint64_t>& bits, Visit visit) {
  for (std::size_t w = 0; w < bits.size(); ++w) {
    for (std::uint64_t rest = bits[w]; rest != 0; rest &= rest - 1) {
      visit(64 * w + static_cast<std::size_t>(std::countr_zero(rest)));
    }
  }
}

/// Moves the members of `from` that are in `unseen` into `to`; they are seen then.
void take(const std::uint64_t* from, std::vector<std::uint64_t>& unseen, std::vector<std::uint64_t>& to) {
  for (std::size_t w = 0; w < to.size(); ++w) {
    const std::uint64_t fresh = from[w] & unseen[w];
    to[w] |= fresh;
    unseen[w] &= ~fresh;
  }
}

}  // namespace

BipartiteFlow::BipartiteFlow(std::vector<std::uint64_t> supply, std::vector<std::uint64_t> demand)
    : sources_(supply.size()),
      sinks_(demand.size()),
      source_words_(words(supply.size())),
      sink_words_(words(demand.size())),
      supply_(std::move(supply)),
      demand_(std::move(demand)),
      edges_(sources_ * sink_words_),
      carried_(sinks_ * source_words_),
      sent_(sources_ * sinks_) {}

void BipartiteFlow::connect(std::size_t source, std::size_t sink) { set(&edges_[source * sink_words_], sink); }

void BipartiteFlow::move(std::size_t source, std::size_t sink, std::uint64_t amount, bool back) {
  std::uint64_t& sent = sent_[source * sinks_ + sink];
  sent = back ? sent - amount : sent + amount;
  if (sent == 0) {
    clear(&carried_[sink * source_words_], source);
  } else {
    set(&carried_[sink * source_words_], source);
  }
}

/// Paths of one edge, which need no levels.
void BipartiteFlow::send_directly() {
  Bits open(sink_words_);
  for (std::size_t j = 0; j < sinks_; ++j) {
    if (demand_[j] > 0) set(open.data(), j);
  }
  for (std::size_t i = 0; i < sources_; ++i) {
    while (supply_[i] > 0) {
      const std::size_t j = first_common(&edges_[i * sink_words_], open.data(), sink_words_);
      if (j == kNone) break;
      const std::uint64_t amount = std::min(supply_[i], demand_[j]);
      supply_[i] -= amount;
      demand_[j] -= amount;
      move(i, j, amount, false);
      if (demand_[j] == 0) clear(open.data(), j);
    }
  }
}

/// Sinks that level's sources reach first. Whether one of them has demand.
bool BipartiteFlow::spread_from_sources(std::size_t level, Bits& unseen) {
  sinks_at_.resize(level + 1);
  sinks_at_[level].assign(sink_words_, 0);
  for_each(sources_at_[level], [&](std::size_t i) { take(&edges_[i * sink_words_], unseen, sinks_at_[level]); });
  bool open = false;
  for_each(sinks_at_[level], [&](std::size_t j) { open = open || demand_[j] > 0; });
  return open;
}

/// Sources that could take back what they send to that level's sinks.
void BipartiteFlow::spread_from_sinks(std::size_t level, Bits& unseen) {
  sources_at_.resize(level + 2);
  sources_at_[level + 1].assign(source_words_, 0);
  for_each(sinks_at_[level],
           [&](std::size_t j) { take(&carried_[j * source_words_], unseen, sources_at_[level + 1]); });
}

/// Breadth first from all sources with supply; false if no sink with demand can be reached.
bool BipartiteFlow::find_levels() {
  Bits unseen_sources(source_words_), unseen_sinks(sink_words_, ~std::uint64_t{0});
  sources_at_.assign(1, Bits(source_words_));
  for (std::size_t i = 0; i < sources_; ++i) set(supply_[i] > 0 ? sources_at_[0].data() : unseen_sources.data(), i);
  for (std::size_t level = 0;; ++level) {
    if (spread_from_sources(level, unseen_sinks)) {
      levels_ = level + 1;
      return true;
    }
    spread_from_sinks(level, unseen_sources);
    if (std::ranges::all_of(sources_at_[level + 1], [](std::uint64_t word) { return word == 0; })) return false;
  }
}

/// Sends what the found path takes: the supply of its root, the demand of its end, what is taken back between.
void BipartiteFlow::send_along_path(std::size_t root) {
  std::uint64_t amount = std::min(supply_[root], demand_[path_.back().sink]);
  for (std::size_t k = 0; k + 1 < path_.size(); ++k) {
    amount = std::min(amount, sent_[path_[k + 1].source * sinks_ + path_[k].sink]);
  }
  supply_[root] -= amount;
  demand_[path_.back().sink] -= amount;
  for (std::size_t k = 0; k < path_.size(); ++k) {
    move(path_[k].source, path_[k].sink, amount, false);
    if (k + 1 < path_.size()) move(path_[k + 1].source, path_[k].sink, amount, true);
  }
}

/// Depth first through the levels; nodes that lead nowhere are taken out of them. False if the root is exhausted.
bool BipartiteFlow::augment(std::size_t root) {
  path_.assign(1, {root, kNone});
  while (!path_.empty()) {
    const std::size_t level = path_.size() - 1;
    Step& step = path_.back();
    step.sink = first_common(&edges_[step.source * sink_words_], sinks_at_[level].data(), sink_words_);
    if (step.sink == kNone) {  // nothing below this source
      clear(sources_at_[level].data(), step.source);
      path_.pop_back();
      continue;
    }
    if (level + 1 == levels_) {
      if (demand_[step.sink] > 0) {
        send_along_path(root);
        return true;
      }
      clear(sinks_at_[level].data(), step.sink);
      continue;
    }
    const std::size_t back =
        first_common(&carried_[step.sink * source_words_], sources_at_[level + 1].data(), source_words_);
    if (back == kNone) {
      clear(sinks_at_[level].data(), step.sink);
    } else {
      path_.push_back({back, kNone});
    }
  }
  return false;
}

void BipartiteFlow::maximise() {
  send_directly();
  while (find_levels()) {
    for (std::size_t root = 0; root < sources_; ++root) {
      while (supply_[root] > 0 && augment(root)) {
      }
    }
  }
}

}  // namespace pianola
