#include "pianola/policies/tabular_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/declaration_text.hpp"
#include "pianola/policies/registry.hpp"
#include "pianola/policies/weight_file.hpp"

namespace pianola {
namespace {

struct NoOptions {
  template <class V>
  void visit(V&&) {}
};

/// Row i of a matrix of so many columns.
template <class T>
std::span<const T> row(std::span<const T> values, std::size_t width, std::size_t i) {
  return values.subspan(i * width, width);
}

template <class T>
bool less(std::span<const T> a, std::span<const T> b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

class TabularSession;

class TabularPolicy final : public Policy {
 public:
  explicit TabularPolicy(TabularCounts counts) : counts_(std::move(counts)) {
    info_.spec = "tabular";
    info_.observation_dim = counts_.inputs / counts_.history;
    info_.history = counts_.history;
    info_.vocabularies = counts_.vocabularies;
    info_.factored = counts_.positions() == 1;
  }
  [[nodiscard]] const PolicyInfo& info() const override { return info_; }
  [[nodiscard]] std::unique_ptr<PolicySession> session(std::size_t lanes) const override;
  [[nodiscard]] const TabularCounts& counts() const { return counts_; }

 private:
  TabularCounts counts_;
  PolicyInfo info_;
};

class TabularSession final : public PolicySession {
 public:
  TabularSession(const TabularCounts& counts, std::size_t lanes) : counts_(counts), ranges_(lanes) {}

  void begin(const Situation&, std::span<const float> histories) override {
    for (std::size_t lane = 0; lane < ranges_.size(); ++lane) {
      const std::size_t found = counts_.find(row(histories, counts_.inputs, lane));
      ranges_[lane] = found < counts_.size() ? Range{counts_.first[found], counts_.first[found + 1]} : Range{};
    }
    position_ = 0;
  }

  void logits(std::span<const Token> previous, std::span<float> out) override {
    assert(position_ < counts_.positions());
    const std::size_t vocabulary = counts_.vocabularies[position_];
    for (std::size_t lane = 0; lane < ranges_.size(); ++lane) {
      if (position_ > 0) narrow(ranges_[lane], previous[lane]);
      put_law(ranges_[lane], out.subspan(lane * vocabulary, vocabulary));
    }
    ++position_;
  }

 private:
  struct Range {
    std::size_t begin = 0, end = 0;  // of sequences
  };

  [[nodiscard]] Token token(std::size_t sequence, std::size_t position) const {
    return counts_.sequences[sequence * counts_.positions() + position];
  }

  /// To the sequences whose last position read is `played`: they are sorted, and equal before it.
  void narrow(Range& range, Token played) const {
    while (range.begin < range.end && token(range.begin, position_ - 1) < played) ++range.begin;
    while (range.end > range.begin && token(range.end - 1, position_ - 1) > played) --range.end;
  }

  void put_law(const Range& range, std::span<float> out) {
    if (range.begin == range.end) {
      std::ranges::fill(out, 0.0F);
      return;
    }
    masses_.assign(out.size(), 0.0);
    for (std::size_t i = range.begin; i < range.end; ++i) masses_[token(i, position_)] += counts_.counts[i];
    std::ranges::transform(masses_, out.begin(), [](double mass) { return static_cast<float>(std::log(mass)); });
  }

  const TabularCounts& counts_;
  std::vector<Range> ranges_;
  std::vector<double> masses_;
  std::size_t position_ = 0;
};

std::unique_ptr<PolicySession> TabularPolicy::session(std::size_t lanes) const {
  return std::make_unique<TabularSession>(counts_, lanes);
}

[[noreturn]] void damaged(const std::string& where, const std::string& tensor, const std::string& what) {
  throw DataError(fmt::format("{}: tensor '{}' {}; train it again", where, tensor, what));
}

/// Whole numbers of a tensor, which are exact in double. [shape].
std::vector<double> whole_numbers(const TensorFile& file, const std::string& name,
                                  const std::vector<std::size_t>& shape, const std::string& where) {
  const Tensor& tensor = file.at(name, shape, where);
  if (tensor.dtype != "F64") damaged(where, name, "has dtype " + tensor.dtype + ", not F64");
  std::vector<double> values(tensor.bytes.size() / sizeof(double));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  for (const double value : values) {
    if (value >= 0.0 && value <= 0x1p53 && value == std::floor(value)) continue;
    damaged(where, name, fmt::format("holds {}, which counts nothing", value));
  }
  return values;
}

/// What find() and the sessions rely on.
void check(const TabularCounts& c, const std::string& where) {
  for (std::size_t i = 1; i < c.size(); ++i) {
    if (!less(row<float>(c.rows, c.inputs, i - 1), row<float>(c.rows, c.inputs, i))) {
      damaged(where, "table.observations", fmt::format("does not ascend at row {}", i));
    }
  }
  if (c.first.front() != 0 || c.first.back() != c.counts.size() || !std::ranges::is_sorted(c.first)) {
    damaged(where, "table.first", "is no division of the sequences");
  }
  const std::size_t width = c.positions();
  for (std::size_t i = 0; i < c.sequences.size(); ++i) {
    if (c.sequences[i] < c.vocabularies[i % width]) continue;
    damaged(where, "table.tokens", fmt::format("holds {} at position {}", c.sequences[i], i % width));
  }
  for (std::size_t r = 0; r < c.size(); ++r) {
    for (std::size_t i = c.first[r]; i < c.first[r + 1]; ++i) {
      const bool ascends =
          i == c.first[r] || less(row<Token>(c.sequences, width, i - 1), row<Token>(c.sequences, width, i));
      if (!ascends) damaged(where, "table.tokens", fmt::format("does not ascend at sequence {}", i));
      if (c.counts[i] < 1.0) damaged(where, "table.counts", fmt::format("is 0 at sequence {}", i));
    }
  }
}

std::shared_ptr<const Policy> load(const TensorFile& file, const std::string& where) {
  return make_tabular_policy(tabular_counts_from_tensors(file, where));
}

}  // namespace

std::size_t TabularCounts::find(std::span<const float> input) const {
  std::size_t low = 0, high = size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    less(row<float>(rows, inputs, middle), input) ? low = middle + 1 : high = middle;
  }
  return low < size() && std::ranges::equal(row<float>(rows, inputs, low), input) ? low : size();
}

TabularCounts count_sequences(std::size_t history, std::vector<std::uint32_t> vocabularies,
                              std::span<const float> inputs, std::span<const Token> tokens) {
  TabularCounts out;
  const std::size_t width = vocabularies.size(), n = width == 0 ? 0 : tokens.size() / width;
  if (n == 0) throw UsageError("policy 'tabular': there is no sample to count; give demonstrations");
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < vocabularies[i % width]) continue;
    throw UsageError(fmt::format("policy 'tabular': token {} of sample {}, position {} is outside its vocabulary of {}",
                                 tokens[i], i / width, i % width, vocabularies[i % width]));
  }
  out.history = history;
  out.inputs = inputs.size() / n;
  out.vocabularies = std::move(vocabularies);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto input = [&](std::size_t i) { return row(inputs, out.inputs, i); };
  const auto sequence = [&](std::size_t i) { return row(tokens, width, i); };
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    if (!std::ranges::equal(input(a), input(b))) return less(input(a), input(b));
    return less(sequence(a), sequence(b));
  });
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = order[k];
    const bool new_row = k == 0 || !std::ranges::equal(input(i), input(order[k - 1]));
    if (new_row) {
      out.first.push_back(out.counts.size());
      for (const float x : input(i)) out.rows.push_back(x + 0.0F);  // −0 is 0
    }
    if (!new_row && std::ranges::equal(sequence(i), sequence(order[k - 1]))) {
      out.counts.back() += 1.0;
      continue;
    }
    out.sequences.insert(out.sequences.end(), sequence(i).begin(), sequence(i).end());
    out.counts.push_back(1.0);
  }
  out.first.push_back(out.counts.size());
  return out;
}

std::shared_ptr<const Policy> make_tabular_policy(TabularCounts counts) {
  return std::make_shared<TabularPolicy>(std::move(counts));
}

TensorFile to_tensors(const TabularCounts& counts) {
  TensorFile file;
  const std::size_t m = counts.counts.size();
  const std::vector<float> zeros(counts.inputs, 0.0F), ones(counts.inputs, 1.0F);
  const std::vector<double> tokens(counts.sequences.begin(), counts.sequences.end());
  const std::vector<double> first(counts.first.begin(), counts.first.end());
  file.tensors["observation_mean"] = Tensor::of({counts.inputs}, std::span<const float>(zeros));
  file.tensors["observation_inverse_std"] = Tensor::of({counts.inputs}, std::span<const float>(ones));
  file.tensors["table.observations"] = Tensor::of({counts.size(), counts.inputs}, std::span<const float>(counts.rows));
  file.tensors["table.first"] = Tensor::of({first.size()}, std::span<const double>(first));
  file.tensors["table.tokens"] = Tensor::of({m, counts.positions()}, std::span<const double>(tokens));
  file.tensors["table.counts"] = Tensor::of({m}, std::span<const double>(counts.counts));
  file.metadata["history"] = std::to_string(counts.history);
  file.metadata["vocabularies"] = fmt::format("{}", fmt::join(counts.vocabularies, ","));
  return file;
}

TabularCounts tabular_counts_from_tensors(const TensorFile& file, const std::string& where) {
  TabularCounts out;
  out.vocabularies = read_vocabularies(file, where);
  const std::size_t n = read_extent(file, "table.observations", 0, where);
  const std::size_t m = read_extent(file, "table.counts", 0, where);
  out.inputs = read_extent(file, "table.observations", 1, where);
  const std::string history = read_metadata(file, "history", where);
  out.history = whole_number(history).value_or(0);
  if (out.history == 0 || out.inputs % out.history != 0) {
    throw_bad_metadata(where, "history", fmt::format("≥ 1 and divide the {} inputs", out.inputs), history);
  }
  out.rows = read_weights(file, "table.observations", {n, out.inputs}, where);
  const auto first = whole_numbers(file, "table.first", {n + 1}, where);
  const auto tokens = whole_numbers(file, "table.tokens", {m, out.positions()}, where);
  out.counts = whole_numbers(file, "table.counts", {m}, where);
  for (const double x : first) out.first.push_back(static_cast<std::size_t>(x));
  for (const double x : tokens) out.sequences.push_back(static_cast<Token>(std::min(x, 4294967295.0)));
  check(out, where);
  return out;
}

PolicyEntry policy_entry_tabular() {
  return {"tabular", "count ratios over the demonstrations' own observations; uniform elsewhere; no network",
          describe_options<NoOptions>(), &load};
}

}  // namespace pianola
