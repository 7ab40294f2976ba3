// pianola convert: a dataset in another format, and what that format cannot hold.
#include "pianola/data/convert.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "pianola/cli/options.hpp"
#include "pianola/cli/overwrite.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/data/formats.hpp"

namespace pianola::cli {
namespace {

struct ConvertOptions {
  std::string data, out, format;
  ReadOptions read{.leave_out_images = true};
  double fps = 0.0;
};

std::string to_text(const ConvertOptions& options, const Conversion& done) {
  std::string text = fmt::format("{}: {} {}, {} {}\n", options.out, done.trajectories,
                                 done.trajectories == 1 ? "trajectory" : "trajectories", done.steps,
                                 done.steps == 1 ? "step" : "steps");
  text += done.lost.empty() ? "nothing lost\n" : "lost:\n";
  for (const std::string& sentence : done.lost) text += "  " + sentence + "\n";
  return text;
}

void convert_dataset(const ConvertOptions& options, Session& session) {
  session.begin();
  require_other_file("--out", options.out, {options.data});
  const auto reader = open_dataset(options.data, options.read);
  DatasetInfo info = reader->info();
  if (options.fps > 0.0) info.attributes["fps"] = fmt::format("{}", options.fps);
  const auto writer = create_dataset(options.out, info, options.format);
  const Conversion done = convert(*reader, *writer, session.progress());
  session.print("convert",
                {{"out", options.out}, {"trajectories", done.trajectories}, {"steps", done.steps}, {"lost", done.lost}},
                to_text(options, done));
}

}  // namespace

void add_convert(CLI::App& app, Session& session) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* verb = app.add_subcommand("convert", "write a dataset in another format; says what is lost");
  add_dataset(*verb, options->data)->required();
  add_text(*verb, "-o,--out", options->out, "the dataset to write: a file or a folder, as the format has it", kPath)
      ->required();
  add_text(*verb, "--format", options->format, "the format to write (default: by the extension of --out)", kName);
  add_reading(*verb, options->read);
  add_number(*verb, "--fps", options->fps, "frames a second, where the dataset does not tell and the format asks",
             {.least = 1e-6});
  verb->footer(
      "example:\n  pianola convert demos.hdf5 -o demos_lerobot --format lerobot_v30 --fps 50\n"
      "  pianola convert lerobot_folder -o demos.hdf5 --subset train");
  verb->callback([options, &session] { convert_dataset(*options, session); });
}

}  // namespace pianola::cli
