#include "pianola/base/dense.hpp"
