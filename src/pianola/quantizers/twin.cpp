#include "pianola/quantizers/twin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/data/convert.hpp"
#include "pianola/data/formats.hpp"

namespace pianola {

void quantize_trajectory(Trajectory& trajectory, const Quantizer& quantizer, const NoiseKey& key, std::uint64_t id) {
  const QuantizerInfo& info = quantizer.info();
  const std::size_t chunks = (trajectory.steps + info.chunk - 1) / info.chunk, width = info.chunk * info.action_dim;
  std::vector<double> padded(trajectory.actions);
  padded.reserve(chunks * width);
  while (padded.size() < chunks * width) padded.push_back(padded[padded.size() - info.action_dim]);
  const NoiseKey dither = key.child("dither");
  std::vector<double> memory(info.memory_size);
  std::vector<double> out(width);
  // Chunk by chunk, in order: schemes with a moving scale carry their memory along the trajectory.
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto h = static_cast<std::uint32_t>(i * info.chunk);
    const std::size_t observed = trajectory.observations.size() / std::max<std::size_t>(trajectory.steps, 1);
    const CodecContext context{
        &dither, {&id, 1}, {&h, 1}, memory, std::span(trajectory.observations).subspan(h * observed, observed)};
    quantizer.quantize(std::span(padded).subspan(i * width, width), context, out);
    std::copy(out.begin(), out.end(), padded.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  padded.resize(trajectory.actions.size());
  trajectory.actions = std::move(padded);
}

namespace {

/// quantizers: of each trajectory of `reader`. info: of the twin.
std::vector<std::string> write_twin(TrajectoryReader& reader, const DatasetInfo& info,
                                    std::span<const Quantizer* const> quantizers, const NoiseKey& key,
                                    const std::string& path, const std::string& format) {
  const auto writer = create_dataset(path, info, format.empty() ? output_format(path, info.format) : format);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    Trajectory trajectory = reader.read(i);
    quantize_trajectory(trajectory, *quantizers[i], key, i);
    writer->write(trajectory);
  }
  writer->finish();
  std::vector<std::string> lost = left_out(info);
  for (std::string& sentence : writer->lost()) lost.push_back(std::move(sentence));
  return lost;
}

void require_same_dimension(const Quantizer& quantizer, const DatasetInfo& info) {
  if (info.action_dim == quantizer.info().action_dim) return;
  throw UsageError(fmt::format("quantizer '{}' has {} action dimensions, dataset '{}' has {}; fit it to this dataset",
                               quantizer.info().spec, quantizer.info().action_dim, info.path, info.action_dim));
}

}  // namespace

std::vector<std::string> write_quantized_twin(TrajectoryReader& reader, const Quantizer& quantizer, const NoiseKey& key,
                                              const std::string& path, const std::string& format) {
  DatasetInfo info = reader.info();
  require_same_dimension(quantizer, info);
  info.attributes["quantizer"] = quantizer.info().spec;
  const std::vector<const Quantizer*> same(reader.size(), &quantizer);
  return write_twin(reader, info, same, key, path, format);
}

std::vector<std::string> write_quantized_twin(TrajectoryReader& reader, const KeyedQuantizers& keyed,
                                              const NoiseKey& key, const std::string& path, const std::string& format) {
  DatasetInfo info = reader.info();
  std::vector<const Quantizer*> own(reader.size());
  for (const KeyedQuantizer& part : keyed.parts) {
    require_same_dimension(*part.quantizer, info);
    for (const std::size_t i : part.trajectories) own.at(i) = part.quantizer.get();
    info.attributes["quantizer"] = part.quantizer->info().spec;
  }
  if (std::ranges::count(own, nullptr) != 0) {
    throw UsageError(fmt::format(
        "{}: not every trajectory belongs to a value of {}; fit the quantizers to this dataset", info.path, keyed.key));
  }
  info.attributes["quantizer_by"] = keyed.key;
  return write_twin(reader, info, own, key, path, format);
}

}  // namespace pianola
