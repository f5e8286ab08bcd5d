// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.calibration.tensorrt.TensorRtCacheReport;

/// Says what a TensorRT cache covers.
public final class CoverageText {
  private CoverageText() {}

  public static void fill(ObjectNode root, TensorRtCacheReport found) {
    ObjectNode node = root.putObject("cache");
    node.put("present", found.coverage().present().size());
    found.coverage().missing().forEach(node.putArray("missing")::add);
    found.coverage().extra().forEach(node.putArray("extra")::add);
    ObjectNode borrowed = node.putObject("borrowed");
    found.borrowed().forEach(borrowed::put);
  }
}
