// Maximum flow from sources with supplies to sinks with demands over edges without limit, in whole numbers: Dinic's
// phases (shortest augmenting paths, blocking flows) on bit sets, so that 64 edges are looked at together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pianola {

class BipartiteFlow {
 public:
  /// Sources with these supplies, sinks with these demands.
  BipartiteFlow(std::vector<std::uint64_t> supply, std::vector<std::uint64_t> demand);
  void connect(std::size_t source, std::size_t sink);
  /// Sends as much as can be sent. Memory: 8 bytes and two bits a pair.
  void maximise();
  /// What is left at each source or sink.
  [[nodiscard]] const std::vector<std::uint64_t>& supply() const { return supply_; }
  [[nodiscard]] const std::vector<std::uint64_t>& demand() const { return demand_; }

 private:
  using Bits = std::vector<std::uint64_t>;
  struct Step {
    std::size_t source, sink;
  };

  void send_directly();
  bool find_levels();
  bool spread_from_sources(std::size_t level, Bits& unseen);
  void spread_from_sinks(std::size_t level, Bits& unseen);
  bool augment(std::size_t root);
  void send_along_path(std::size_t root);
  void move(std::size_t source, std::size_t sink, std::uint64_t amount, bool back);

  std::size_t sources_, sinks_, source_words_, sink_words_;
  std::vector<std::uint64_t> supply_, demand_;
  Bits edges_;                               // [sources × sink_words], which sinks a source reaches
  Bits carried_;                             // [sinks × source_words], which sources send to a sink
  std::vector<std::uint64_t> sent_;          // [sources × sinks]
  std::vector<Bits> sources_at_, sinks_at_;  // of each level, those not yet exhausted
  std::size_t levels_ = 0;
  std::vector<Step> path_;
};

}  // namespace pianola
