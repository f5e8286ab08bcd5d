// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A command that may run the kernels of binary layers. The launcher starts it with the incubating
/// Vector API, and the others without Java's warning about that; it reads their names from
/// `scripts/vector-kernel-commands`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface VectorKernels {}
