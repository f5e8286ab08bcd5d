// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

/// Why an engine may be loaded. An engine is code that runs with this process's rights.
public enum EngineTrust {
  /// Its manifest matches the plan, this GPU and this TensorRT.
  MANIFEST,
  /// The caller trusts the file like a program; a manifest is ignored.
  FOREIGN
}
