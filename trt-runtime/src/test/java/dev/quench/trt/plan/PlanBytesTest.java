// SPDX-License-Identifier: Apache-2.0
package dev.quench.trt.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanBytesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000})
  void survivesWritingAndReading(int size) throws Exception {
    byte[] bytes = new byte[size];
    new SplittableRandom(size).nextBytes(bytes);
    Path file = folder.resolve("plan");
    Files.write(file, bytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment plan = PlanBytes.read(file, arena);
      assertThat(plan.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PlanBytes.write(plan, out);
      assertThat(out.toByteArray()).isEqualTo(bytes);
    }
  }

  /// Test vector of FIPS 180-2, appendix B.3: a million times `a`.
  @Test
  void hashesAsTheStandardSays() {
    byte[] bytes = "a".repeat(1_000_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    assertThat(PlanBytes.sha256(MemorySegment.ofArray(bytes)))
        .isEqualTo("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}
