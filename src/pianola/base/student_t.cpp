#include "pianola/base/student_t.hpp"

#include <boost/math/distributions/students_t.hpp>

namespace pianola {

double student_t(double degrees, double confidence) {
  return boost::math::quantile(boost::math::complement(boost::math::students_t(degrees), (1.0 - confidence) / 2.0));
}

}  // namespace pianola
