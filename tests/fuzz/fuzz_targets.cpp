// One line a reader of foreign bytes.
#include "fuzz/fuzz_target.hpp"

namespace pianola::fuzz {
namespace {

MakeTarget dataset(const std::string& golden) {
  return [golden](const std::string& folder) { return fuzz_target_dataset(golden, folder); };
}

}  // namespace

std::map<std::string, MakeTarget> fuzz_targets() {
  std::map<std::string, MakeTarget> all;
  for (const char* name : {"none", "zlib", "zstd", "blosc_lz4", "blosc_zstd"}) {
    all[std::string("zarr_") + name] = dataset(std::string("zarr/") + name + ".zarr");
  }
  all["zarr_zip"] = dataset("zarr/packed.zarr.zip");
  all["npz"] = dataset("npz/d4rl.npz");
  all["npz_compressed"] = dataset("npz/compressed.npz");
  all["rlds"] = dataset("rlds");
  all["csv"] = dataset("episodes.csv");
#ifdef PIANOLA_WITH_ARROW
  all["lerobot_v21"] = dataset("lerobot_v21");
  all["lerobot_v30"] = dataset("lerobot_v30");
#endif
#ifdef PIANOLA_WITH_HDF5
  for (const char* name : {"robomimic", "d4rl", "d3rlpy"}) {
    const std::string golden = std::string(name) + ".hdf5";
    all[name] = [golden](const std::string& folder) { return fuzz_target_hdf5(golden, folder); };
  }
  all["minari"] = [](const std::string& folder) { return fuzz_target_hdf5("minari/nested-v0", folder); };
  all["minari_metadata"] = dataset("minari/nested-v0/data/metadata.json");
#endif
  for (const char* name : {"tokenizer_json", "processor_config", "quantizer_json", "keyed_json"}) {
    all[name] = [name](const std::string&) { return fuzz_target_json(name); };
  }
  for (const char* name : {"policy_image", "model_image"}) {
    all[name] = [name](const std::string&) { return fuzz_target_image(name); };
  }
  return all;
}

}  // namespace pianola::fuzz
