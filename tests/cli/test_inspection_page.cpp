#include "pianola/cli/inspection_page.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

#include "cli/command.hpp"

namespace pianola::cli {
namespace {

class InspectionPage : public Scratch {};

TEST_F(InspectionPage, HasPicturesOfDataAndQuantizer) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command(
      {"collect", "--system", "pendulum", "--trajectories", "6", "--horizon", "60", "-o", path("d.hdf5"), "--json"}));
  const Json seen = succeeded(
      command({"inspect", path("d.hdf5"), "--quantizer", "uniform:bins=9", "--report", path("page.html"), "--json"}));
  EXPECT_EQ(seen["quantizer"]["error_by_step"].size(), 60u);
  EXPECT_GT(seen["quantizer"]["smoothness"]["floor"]["value"].get<double>(), 0.0);
  std::stringstream page;
  page << std::ifstream(path("page.html")).rdbuf();
  for (const char* part :
       {"Problems", "Actions", "Observations", "What quantizing costs", "Error by step", "neighbours"}) {
    EXPECT_NE(page.str().find(part), std::string::npos) << part;
  }
}

TEST_F(InspectionPage, NeverReplacesTheData) {
  PIANOLA_NEEDS_HDF5();
  succeeded(command(
      {"collect", "--system", "pendulum", "--trajectories", "2", "--horizon", "60", "-o", path("d.hdf5"), "--json"}));
  EXPECT_EQ(command({"inspect", path("d.hdf5"), "--report", path("d.hdf5")}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
