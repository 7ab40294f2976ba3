#include "pianola/quantizers/twin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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

std::vector<std::string> write_quantized_twin(TrajectoryReader& reader, const Quantizer& quantizer, const NoiseKey& key,
                                              const std::string& path, const std::string& format) {
  DatasetInfo info = reader.info();
  if (info.action_dim != quantizer.info().action_dim) {
    throw UsageError(fmt::format("quantizer '{}' has {} action dimensions, dataset '{}' has {}; fit it to this dataset",
                                 quantizer.info().spec, quantizer.info().action_dim, info.path, info.action_dim));
  }
  info.attributes["quantizer"] = quantizer.info().spec;
  const auto writer = create_dataset(path, info, format.empty() ? output_format(path, info.format) : format);
  for (std::size_t i = 0; i < reader.size(); ++i) {
    Trajectory trajectory = reader.read(i);
    quantize_trajectory(trajectory, quantizer, key, i);
    writer->write(trajectory);
  }
  writer->finish();
  std::vector<std::string> lost = left_out(info);
  for (std::string& sentence : writer->lost()) lost.push_back(std::move(sentence));
  return lost;
}

}  // namespace pianola
