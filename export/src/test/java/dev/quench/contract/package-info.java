// SPDX-License-Identifier: Apache-2.0

/// What every backend has to hold, as an abstract test that the backends' own tests extend.
@NullMarked
package dev.quench.contract;

import org.jspecify.annotations.NullMarked;
