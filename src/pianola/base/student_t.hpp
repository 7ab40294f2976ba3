// Student's t, from which intervals of means are made.
#pragma once

namespace pianola {

/// t with P(|T| ≤ t) = confidence for Student's T with `degrees` > 0 of freedom; confidence in (0, 1).
double student_t(double degrees, double confidence);

}  // namespace pianola
