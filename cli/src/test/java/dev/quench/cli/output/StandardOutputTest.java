// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cli.RootCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  /// A disk with room for so many bytes.
  private static final class FullDisk extends OutputStream {
    private int room;

    FullDisk(int room) {
      this.room = room;
    }

    @Override
    public void write(int value) throws IOException {
      if (room-- <= 0) {
        throw new IOException("No space left on device");
      }
    }
  }

  @Test
  void resultsThatCannotBeWrittenFailTheCommand() {
    for (int room : new int[] {0, 10}) {
      StandardOutput out = new StandardOutput(new FullDisk(room));
      assertThat(RootCommand.execute(new String[] {"--help"}, out)).isEqualTo(ExitCode.FAILED);
      assertThat(out.failure()).isPresent();
    }
  }

  @Test
  void otherExitCodesStay() {
    StandardOutput out = new StandardOutput(new FullDisk(0));
    assertThat(RootCommand.execute(new String[] {"optimize"}, out)).isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void numbersHaveTheSameDigitsEverywhere() {
    Locale before = Locale.getDefault(Locale.Category.FORMAT);
    try {
      Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-EG-u-nu-arab"));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      RootCommand.execute(new String[] {"--version"}, new StandardOutput(bytes));
      assertThat("%d %.1f".formatted(12, 0.5)).isEqualTo("12 0.5");
      assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("quench 0.");
    } finally {
      Locale.setDefault(Locale.Category.FORMAT, before);
    }
  }
}
