#include "pianola/quantizers/rvq.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pianola/base/error.hpp"
#include "pianola/quantizers/action_bounds.hpp"
#include "pianola/quantizers/action_scan.hpp"
#include "pianola/quantizers/canonical_spec.hpp"
#include "pianola/quantizers/residual_fit.hpp"
#include "pianola/quantizers/residual_radius.hpp"
#include "pianola/quantizers/saved_fields.hpp"

namespace pianola {
namespace {

constexpr const char* kWho = "quantizer 'rvq'";
constexpr std::size_t kOwnLatent = 16;
constexpr std::size_t kBlock = 256;  // chunks whose latents are held at a time
constexpr double kLargestCode = 1e15;

void check_config(const RvqConfig& config) {
  const auto in = [](const char* option, int value, int low, int high) {
    if (value >= low && value <= high) return;
    throw UsageError(fmt::format("{}: option '{}' must lie in {} … {}, not at {}", kWho, option, low, high, value));
  };
  in("layers", config.layers, 1, static_cast<int>(ResidualCodebooks::kMostLayers));
  in("codes", config.codes, 2, static_cast<int>(ResidualCodebooks::kMostCodes));
  in("iterations", config.iterations, 1, 1'000'000);
  in("restarts", config.restarts, 1, 1000);
  if (!(config.decay >= 0.0 && config.decay < 1.0)) {
    throw UsageError(fmt::format("{}: option 'decay' must lie in [0, 1), not at {}", kWho, config.decay));
  }
  if (!(config.epsilon > 0.0 && config.epsilon <= 1.0)) {
    throw UsageError(fmt::format("{}: option 'epsilon' must lie in (0, 1], not at {}", kWho, config.epsilon));
  }
  static const std::vector<std::string> known{"auto", "lloyd", "ema"};
  if (std::find(known.begin(), known.end(), config.fit) == known.end()) {
    throw_unknown_name(fmt::format("{}: fit", kWho), config.fit, known);
  }
  if (config.fit == "lloyd" && config.encoder.encoder == "mlp") {
    throw UsageError(
        fmt::format("{}: with encoder=mlp codebooks learn with it, by fit=ema; leave out fit=lloyd", kWho));
  }
}

EncoderShape shape_of(const RvqConfig& config, std::size_t action_dim, std::size_t chunk) {
  check_config(config);
  const EncoderShape shape =
      encoder_shape(config.encoder, action_dim, chunk, std::min(kOwnLatent, action_dim * chunk), kWho);
  const std::size_t layers = static_cast<std::size_t>(config.layers), codes = static_cast<std::size_t>(config.codes);
  if (shape.latent > ResidualCodebooks::kMostValues / (layers * codes)) {
    throw UsageError(fmt::format("{}: {} layers of {} codes of {} numbers are too many, {} numbers are the most", kWho,
                                 layers, codes, shape.latent, ResidualCodebooks::kMostValues));
  }
  return shape;
}

ResidualFitPlan plan_of(const RvqConfig& config, const EncoderShape& shape, const NoiseKey& key) {
  ResidualFitPlan plan;
  plan.method = config.fit == "ema" ? ResidualFitPlan::Method::ema : ResidualFitPlan::Method::lloyd;
  plan.layers = static_cast<std::size_t>(config.layers);
  plan.codes = static_cast<std::size_t>(config.codes);
  plan.dim = shape.latent;
  plan.iterations = static_cast<std::size_t>(config.iterations);
  plan.restarts = static_cast<std::size_t>(config.restarts);
  plan.steps = static_cast<std::size_t>(config.encoder.steps);
  plan.batch = static_cast<std::size_t>(config.encoder.batch);
  plan.decay = config.decay;
  plan.epsilon = config.epsilon;
  plan.key = key.child("rvq");
  return plan;
}

ResidualCodebooks codebooks_of(const RvqConfig& config, std::size_t latent, std::vector<float> codes) {
  const std::size_t layers = static_cast<std::size_t>(config.layers), count = static_cast<std::size_t>(config.codes);
  if (codes.size() != layers * count * latent) {
    throw UsageError(fmt::format("{}: {} layers of {} codes of {} numbers are needed, got {} numbers", kWho, layers,
                                 count, latent, codes.size()));
  }
  return ResidualCodebooks(layers, count, latent, std::move(codes));
}

bool all_known(std::span<const Token> tokens, std::size_t count) noexcept {
  return std::all_of(tokens.begin(), tokens.end(), [&](Token t) { return t < count; });
}

}  // namespace

Rvq::Rvq(RvqConfig config, ChunkEncoder encoder, std::vector<float> codes, std::vector<std::uint32_t> dead,
         ActionRange box)
    : config_(std::move(config)),
      encoder_(std::move(encoder)),
      codebooks_(codebooks_of(config_, encoder_.shape().latent, std::move(codes))),
      dead_(std::move(dead)),
      box_(std::move(box)) {
  info_.spec = canonical_spec("rvq", config_, {"codes", "layers"});
  info_.action_dim = encoder_.shape().action_dim;
  info_.chunk = encoder_.shape().chunk;
  info_.max_tokens = codebooks_.layers();
  info_.vocabularies.assign(info_.max_tokens, static_cast<std::uint32_t>(codebooks_.count()));
  if (box_.low.empty()) return;
  const bool fits = encoder_.shape().kind == EncoderKind::identity && box_.low.size() == info_.action_dim;
  if (!fits || box_.high.size() != info_.action_dim) {
    throw UsageError(
        fmt::format("{}: a box of actions goes with encoder=identity and has {} dimensions", kWho, info_.action_dim));
  }
  for (std::size_t d = 0; d < info_.action_dim; ++d) require_bounds(kWho, d, box_.low[d], box_.high[d]);
  info_.epsilon_sup = residual_radius(codebooks_, box_);
}

std::unique_ptr<Rvq> Rvq::fit(const RvqConfig& config, const FitContext& context) {
  const EncoderShape shape = shape_of(config, context.action_dim, context.chunk);
  if (context.data == nullptr) {
    throw UsageError(
        fmt::format("{}: codebooks are fitted to data; give a dataset, or an expert to collect from", kWho));
  }
  const ChunkSample sample = sample_chunks(*context.data, context.chunk, kWho);
  const ResidualBottleneck bottleneck{static_cast<std::size_t>(config.layers), static_cast<std::size_t>(config.codes),
                                      config.decay, config.epsilon};
  FittedEncoder fitted = fit_encoder(shape, config.encoder, bottleneck, sample, context, kWho);
  const std::vector<float> latents = encode_sample(fitted.encoder, sample);
  if (shape.kind != EncoderKind::mlp) {
    fitted.codebooks = fit_residual_codebooks(plan_of(config, shape, context.key), latents, kWho);
  }
  const auto dead = count_dead_codes(codebooks_of(config, shape.latent, fitted.codebooks), latents);
  ActionRange box;
  if (shape.kind == EncoderKind::identity) box = data_range(*context.data, kWho);
  return std::make_unique<Rvq>(config, std::move(fitted.encoder), std::move(fitted.codebooks), dead, std::move(box));
}

void Rvq::encode(std::span<const float> chunks, const CodecContext&, TokenBatch batch) const {
  const std::size_t n = checked_chunks(info_, chunks, batch), width = info_.chunk * info_.action_dim;
  std::fill(batch.lengths.begin(), batch.lengths.end(), static_cast<std::uint32_t>(info_.max_tokens));
  if (encoder_.shape().kind == EncoderKind::identity) {
    codebooks_.encode(chunks, batch.tokens);
    return;
  }
  std::vector<float> latents(std::min(n, kBlock) * codebooks_.dim());
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    const auto block = std::span(latents).first(rows * codebooks_.dim());
    encoder_.encode(chunks.subspan(first * width, rows * width), block);
    codebooks_.encode(block, batch.tokens.subspan(first * info_.max_tokens, rows * info_.max_tokens));
  }
}

void Rvq::decode(const TokenBatch& batch, const CodecContext&, std::span<float> chunks,
                 std::span<DecodeStatus> status) const noexcept {
  const std::size_t n = batch.lengths.size(), width = info_.chunk * info_.action_dim, most = info_.max_tokens;
  assert(batch.tokens.size() == n * most && chunks.size() == n * width);
  const bool identity = encoder_.shape().kind == EncoderKind::identity;
  const std::size_t dim = codebooks_.dim();
  std::vector<float> latents(identity ? 0 : std::min(n, kBlock) * dim);
  for (std::size_t first = 0; first < n; first += kBlock) {
    const std::size_t rows = std::min(kBlock, n - first);
    const auto out = chunks.subspan(first * width, rows * width);
    const auto block = identity ? out : std::span(latents).first(rows * dim);
    codebooks_.decode(batch.tokens.subspan(first * most, rows * most), batch.lengths.subspan(first, rows), block);
    for (std::size_t i = first; i < first + rows && !status.empty(); ++i) {
      const bool exact =
          batch.lengths[i] == most && all_known(batch.tokens.subspan(i * most, most), codebooks_.count());
      status[i] = exact ? DecodeStatus::exact : DecodeStatus::repaired;
    }
    if (!identity) encoder_.decode(block, out);
  }
}

std::optional<ChunkCode> Rvq::chunk_code() const {
  if (encoder_.shape().kind != EncoderKind::identity) return std::nullopt;
  ChunkCode code;
  code.kind = ChunkCodeKind::residual;
  code.terms = codebooks_.layers();
  code.codes = codebooks_.codes();
  return code;
}

void Rvq::saturated(std::span<const double> actions, std::span<bool> flags) const {
  if (box_.low.empty()) {
    std::fill(flags.begin(), flags.end(), false);
  } else {
    flag_outside(box_, actions, flags);
  }
}

nlohmann::ordered_json Rvq::save() const {
  nlohmann::ordered_json saved = saved_with(info_);
  if (!box_.low.empty()) {
    saved["low"] = box_.low;
    saved["high"] = box_.high;
  }
  encoder_.save(saved);
  saved["codes"] = codebooks_.codes();
  saved["dead_codes"] = dead_;
  return saved;
}

namespace {

std::unique_ptr<Quantizer> fit_rvq(const Spec& spec, const FitContext& context) {
  return Rvq::fit(read_options<RvqConfig>(spec, kWho), context);
}

std::unique_ptr<Quantizer> load_rvq(const nlohmann::ordered_json& saved) {
  const SavedFields fields(saved);
  const auto config = fields.options<RvqConfig>(kWho);
  const auto [dim, chunk] = fields.chunk_shape();
  const EncoderShape shape = shape_of(config, dim, chunk);
  ChunkEncoder encoder = ChunkEncoder::load(shape, fields, kWho);
  const std::size_t layers = static_cast<std::size_t>(config.layers), count = static_cast<std::size_t>(config.codes);
  std::vector<float> codes;
  for (const double x : fields.numbers("codes", layers * count * shape.latent)) {
    if (std::abs(x) > kLargestCode) {
      throw DataError(fmt::format("key 'codes[{}]' must lie within ±{:g}, not at {}", codes.size(), kLargestCode, x));
    }
    codes.push_back(static_cast<float>(x));
  }
  auto dead = fields.counts("dead_codes", layers, 0, static_cast<std::uint32_t>(count));
  ActionRange box;
  if (shape.kind == EncoderKind::identity) box = saved_bounds(fields, dim);
  return std::make_unique<Rvq>(config, std::move(encoder), std::move(codes), std::move(dead), std::move(box));
}

}  // namespace

QuantizerEntry entry_rvq() {
  return {"rvq", "residual vector quantization of chunks, one token a layer (VQ-BeT)", describe_options<RvqConfig>(),
          fit_rvq, load_rvq};
}

}  // namespace pianola
