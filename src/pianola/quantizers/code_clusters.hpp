// Rows and the codes nearest to them: what every way of fitting a codebook is made of.
//
// Seeds by k-means++: each is a row drawn with probability ∝ its squared distance to the seeds before it. All results
// are the same bits for any number of threads: work is cut into fixed blocks, which are merged in order.
// Source: Arthur, Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pianola/base/random.hpp"
#include "pianola/quantizers/quantizer.hpp"

namespace pianola {

/// Sums and counts of the rows of each code, in double.
struct CodeClusters {
  std::vector<double> sums;    ///< [codes × dim]
  std::vector<double> counts;  ///< [codes]
  CodeClusters(std::size_t codes, std::size_t dim) : sums(codes * dim), counts(codes) {}

  /// rows: [n × dim]; tokens: [n].
  void add(std::span<const float> rows, std::span<const Token> tokens, std::size_t dim);
};

/// Seeds [at most codes × dim], drawn from a thinned part of the rows (65,536, or 64 a code), or from all of them where
/// that has too few distinct ones; fewer where the rows have no more. rows: [n × dim], finite, n ≥ 1. @throws
/// Interrupted.
std::vector<float> code_seeds(std::span<const float> rows, std::size_t dim, std::size_t codes, const NoiseKey& key);

/// The nearest of codes [k × dim] for each row, [n]. @throws Interrupted.
std::vector<Token> assign_codes(std::span<const float> rows, std::size_t dim, const std::vector<float>& codes);

/// rows[i] −= codes[tokens[i]].
void subtract_codes(std::span<float> rows, std::size_t dim, std::span<const Token> tokens,
                    const std::vector<float>& codes);

}  // namespace pianola
