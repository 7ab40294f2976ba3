// Flat columns in memory, for tests of what is made of them.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pianola/data/flat_table.hpp"

namespace pianola::test {

class ToyColumns final : public FlatColumns {
 public:
  ToyColumns& add(const std::string& name, std::vector<double> values, std::size_t dim = 0) {
    fields_.push_back({name, dim == 0 ? std::vector<std::size_t>() : std::vector{dim}});
    dims_.push_back(std::max<std::size_t>(dim, 1));
    values_.push_back(std::move(values));
    return *this;
  }
  [[nodiscard]] const std::vector<StoredField>& fields() const override { return fields_; }
  [[nodiscard]] std::size_t rows(std::size_t f) const override { return values_[f].size() / dims_[f]; }
  void read(std::size_t f, std::size_t first, std::span<double> out) override {
    std::copy_n(values_[f].begin() + static_cast<std::ptrdiff_t>(first * dims_[f]), out.size(), out.begin());
  }

 private:
  std::vector<StoredField> fields_;
  std::vector<std::size_t> dims_;
  std::vector<std::vector<double>> values_;
};

/// Columns of five steps: obs [5, 2] and actions [5].
inline ToyColumns five_steps() {
  ToyColumns columns;
  columns.add("obs", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2).add("actions", {10, 11, 12, 13, 14});
  return columns;
}

}  // namespace pianola::test
