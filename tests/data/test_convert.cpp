#include "pianola/data/convert.hpp"

#include <gtest/gtest.h>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"

namespace pianola {
namespace {

class ThreeSteps final : public TrajectoryReader {
 public:
  ThreeSteps() {
    info_.action_dim = 1;
    info_.left_out_fields = {{"camera", 0, 12}};
  }
  [[nodiscard]] const DatasetInfo& info() const override { return info_; }
  [[nodiscard]] std::size_t size() const override { return 2; }
  [[nodiscard]] std::size_t steps(std::size_t) const override { return 3; }
  [[nodiscard]] Trajectory read(std::size_t i) override {
    Trajectory t;
    t.steps = 3;
    t.actions.assign(3, static_cast<double>(i));
    return t;
  }

 private:
  DatasetInfo info_;
};

class Keeper final : public TrajectoryWriter {
 public:
  void write(const Trajectory& trajectory) override { kept.push_back(trajectory.actions); }
  void finish() override { finished = true; }
  [[nodiscard]] std::vector<std::string> lost() const override { return {"rewards: there is no place"}; }

  std::vector<std::vector<double>> kept;
  bool finished = false;
};

TEST(Convert, WritesAllAndSaysWhatIsLost) {
  ThreeSteps reader;
  Keeper writer;
  const Conversion done = convert(reader, writer);
  EXPECT_EQ(done.trajectories, 2u);
  EXPECT_EQ(done.steps, 6u);
  EXPECT_EQ(writer.kept, (std::vector<std::vector<double>>{{0, 0, 0}, {1, 1, 1}}));
  EXPECT_TRUE(writer.finished);
  ASSERT_EQ(done.lost.size(), 2u);
  EXPECT_NE(done.lost[0].find("camera: "), std::string::npos);
  EXPECT_EQ(done.lost[1], "rewards: there is no place");
}

TEST(Convert, AnInterruptLeavesItUnfinished) {
  ThreeSteps reader;
  Keeper writer;
  request_interrupt();
  EXPECT_THROW((void)convert(reader, writer), Interrupted);
  clear_interrupt();
  EXPECT_FALSE(writer.finished);
}

}  // namespace
}  // namespace pianola
