// SPDX-License-Identifier: Apache-2.0
/// Engine files and their manifests, and the keys that identify builds.
@NullMarked
package dev.quench.trt.plan;

import org.jspecify.annotations.NullMarked;
