// SPDX-License-Identifier: Apache-2.0
package dev.quench.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/// Operator-set versions by domain, in file order. The default domain is `""`; `ai.onnx` is the
/// same domain.
///
/// @param versions domain to version; unused imports are kept
public record OpsetImports(Map<String, Long> versions) {
  public OpsetImports {
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
  }

  public static OpsetImports onnx(long version) {
    return new OpsetImports(Map.of("", version));
  }

  public OptionalLong version(String domain) {
    Long found = versions.get(domain);
    if (found == null && domain.isEmpty()) {
      found = versions.get("ai.onnx");
    } else if (found == null && domain.equals("ai.onnx")) {
      found = versions.get("");
    }
    return found == null ? OptionalLong.empty() : OptionalLong.of(found);
  }

  public OpsetImports with(String domain, long version) {
    Map<String, Long> changed = new LinkedHashMap<>(versions);
    changed.put(domain, version);
    return new OpsetImports(changed);
  }
}
