// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

/// On what grounds an engine is loaded. An engine is code that runs with this process's rights.
public enum EngineTrust {
  /// Its manifest matches the plan, this GPU and this TensorRT.
  MANIFEST,
  /// The caller trusts the file as they would a program, whatever stands beside it.
  FOREIGN
}
