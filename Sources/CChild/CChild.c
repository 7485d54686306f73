#include "CChild.h"
