// SPDX-License-Identifier: Apache-2.0
/// TensorRT engines on the command line: how they are loaded, and where those that were built are
/// kept.
@NullMarked
package dev.quench.cli.engine;

import org.jspecify.annotations.NullMarked;
