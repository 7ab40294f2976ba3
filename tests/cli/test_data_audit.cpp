#include "pianola/cli/data_audit.hpp"

#include <filesystem>
#include <fstream>

#include "cli/command.hpp"
#include "pianola/base/file.hpp"

namespace pianola::cli {
namespace {

class DataAudit : public Scratch {
 protected:
  /// Two episodes of a CSV dataset.
  std::string data() {
    const std::string file = path("demos.csv");
    std::ofstream out(file);
    out << "episode,observation,action\n";
    for (int episode = 0; episode < 3; ++episode) {
      for (int h = 0; h < 20; ++h) out << episode << ',' << h + 0.1 * episode << ',' << 0.05 * h << '\n';
    }
    return file;
  }
};

TEST_F(DataAudit, IsNeverSafe) {
  const Json json = succeeded(command({"audit", data(), "--quantizer", "uniform:bins=5", "--json"}));
  EXPECT_EQ(json["verdict"], "unknown");
  EXPECT_TRUE(json["stability"].is_null());
  EXPECT_TRUE(json["certificates"].is_null());
  EXPECT_TRUE(json.contains("resync") && json["resync"].is_null());
  EXPECT_TRUE(json["quantization"].contains("epsilon_in"));
  EXPECT_TRUE(json["smoothness"].contains("floor"));
  EXPECT_TRUE(json["open_loop"].is_null()) << "no policy";
  EXPECT_EQ(command({"audit", data(), "--strict"}).code, 1);
}

TEST_F(DataAudit, WritesAPage) {
  const Ran ran = command({"audit", data(), "--quantizer", "uniform:bins=5", "--report", path("page.html")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("UNKNOWN"), std::string::npos);
  EXPECT_GT(std::filesystem::file_size(path("page.html")), 1000U);
}

TEST_F(DataAudit, WritesAFolder) {
  const Ran ran = command({"audit", data(), "--quantizer", "uniform:bins=5", "-o", path("audited")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(Json::parse(read_file(path("audited/audit.json")))["verdict"], "unknown");
  EXPECT_TRUE(std::filesystem::exists(path("audited/report.html")));
}

TEST_F(DataAudit, RefusesWhatDoesNotFit) {
  EXPECT_EQ(command({"audit", path("none.csv")}).code, 3);
  EXPECT_EQ(command({"audit", data(), "-o", data()}).code, 4) << "a file is no folder";
  const Ran controller = command({"audit", data(), "--controller", "augmented"});
  EXPECT_EQ(controller.code, 2);
  EXPECT_NE(controller.err.find("--system"), std::string::npos) << controller.err;
  EXPECT_EQ(command({"audit", data(), "--quantizer", "unifrom"}).code, 2);
}

}  // namespace
}  // namespace pianola::cli
