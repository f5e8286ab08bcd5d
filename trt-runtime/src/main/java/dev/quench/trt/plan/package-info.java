// SPDX-License-Identifier: Apache-2.0
/// Engine files and their manifests, the key of everything that decided a build, and the folders
/// that hold them.
@NullMarked
package dev.quench.trt.plan;

import org.jspecify.annotations.NullMarked;
