// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model-local function, as ONNX `FunctionProto`: kept and written back; nodes call it by domain
/// and name.
///
/// @param body inputs and outputs in call order; has its own opset imports and sees no outer values
/// @param attributes names of attributes without a default
/// @param attributeDefaults attributes with their default
public record Function(
    String domain,
    String name,
    String overload,
    Graph body,
    List<String> attributes,
    Map<String, AttributeValue> attributeDefaults,
    Map<String, String> metadata) {
  public Function {
    attributes = List.copyOf(attributes);
    attributeDefaults = new LinkedHashMap<>(attributeDefaults);
    metadata = new LinkedHashMap<>(metadata);
  }
}
