#include "pianola/bounds/trap_constants.hpp"

#include <fmt/format.h>

namespace pianola {
namespace {

TrapCondition condition(std::string claim, double left, char relation, double right) {
  return {std::move(claim), fmt::format("{:.6g} {} {:.6g}", left, relation, right),
          relation == '>' ? left > right : left < right};
}

}  // namespace

std::vector<TrapCondition> trap_conditions(const TrapConstants& c) {
  return {condition("d > k/2", c.d, '>', c.k / 2.0), condition("k > B/(1−λ)", c.k, '>', c.b / (1.0 - c.a - c.b)),
          condition("A·k < 1", c.a * c.k, '<', 1.0),
          condition("ε < B/(1 + (1−A)d)", c.epsilon, '<', c.b / (1.0 + (1.0 - c.a) * c.d))};
}

}  // namespace pianola
