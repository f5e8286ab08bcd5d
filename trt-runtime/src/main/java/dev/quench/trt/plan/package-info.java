// SPDX-License-Identifier: Apache-2.0
/// Engine files and their manifests, the keys that identify builds, and locks of their folders.
@NullMarked
package dev.quench.trt.plan;

import org.jspecify.annotations.NullMarked;
