# SPDX-License-Identifier: Apache-2.0
# For CMake before 3.31, which does not know the system name WASI. There are no shared libraries.
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
