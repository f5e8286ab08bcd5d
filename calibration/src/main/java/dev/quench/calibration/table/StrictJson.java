// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// Reads JSON that may be hostile: refuses duplicate keys, trailing text, and names, numbers, texts
/// and nesting beyond limits.
public final class StrictJson {
  private static final int MAX_TEXT = 1 << 16;
  private static final int MAX_NAME = 100;
  private static final int MAX_NUMBER = 40;

  private StrictJson() {}

  /// @param maxDepth of objects and arrays within each other
  public static JsonMapper mapper(int maxDepth) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxStringLength(MAX_TEXT)
                        .maxNameLength(MAX_NAME)
                        .maxNumberLength(MAX_NUMBER)
                        .build())
                .build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build();
  }
}
