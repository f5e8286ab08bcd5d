// SPDX-License-Identifier: Apache-2.0
/// From a model to a TensorRT builder that is ready to build it.
@NullMarked
package dev.quench.pipeline.build;

import org.jspecify.annotations.NullMarked;
