// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.cli.output.QuenchCommand;
import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Availability;
import dev.quench.run.Backend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.trt.cache.EngineCache;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

class EngineCacheOptionsTest {
  private static final Backend AVAILABLE = new Recording(true, true, Optional.empty());
  private static final Backend ABSENT = new Recording(false, true, Optional.empty());
  private static final Backend LOCKED_OUT = new Recording(true, false, Optional.empty());

  private final StringWriter notes = new StringWriter();

  private Backend cached(Backend backend, String... arguments) throws IOException {
    Caching command = new Caching();
    new CommandLine(command).setErr(new PrintWriter(notes)).parseArgs(arguments);
    command.cache.check(command);
    return command.cache.cached(backend, command);
  }

  @Test
  void keepsEnginesInTheUsersFolderOrTheNamedOne() throws IOException {
    assertThat(cached(AVAILABLE))
        .isEqualTo(new Recording(true, true, Optional.of(EngineCache.userFolder())));
    assertThat(cached(AVAILABLE, "--engine-cache", "engines"))
        .isEqualTo(new Recording(true, true, Optional.of(Path.of("engines"))));
    assertThat(notes.toString()).isEmpty();
  }

  @Test
  void leavesBackendsAloneThatCannotRunOrAreNotToKeepEngines() throws IOException {
    assertThat(cached(AVAILABLE, "--no-engine-cache")).isSameAs(AVAILABLE);
    assertThat(cached(ABSENT, "--engine-cache", "engines")).isSameAs(ABSENT);
    Backend cpu = new OnnxRuntimeBackend();
    assertThat(cached(cpu, "--engine-cache", "engines")).isSameAs(cpu);
  }

  @Test
  void aNamedFolderThatCannotBeUsedIsAnErrorAndTheUsersIsNot() throws IOException {
    assertThatThrownBy(() -> cached(LOCKED_OUT, "--engine-cache", "engines"))
        .isInstanceOf(IOException.class)
        .hasMessage("no access");
    assertThat(cached(LOCKED_OUT)).isSameAs(LOCKED_OUT);
    assertThat(notes.toString()).contains("engines are not kept: no access");
  }

  @Test
  void refusesAFolderAndNone() {
    assertThatThrownBy(() -> cached(AVAILABLE, "--engine-cache", "engines", "--no-engine-cache"))
        .isInstanceOf(ParameterException.class)
        .hasMessage("give either --engine-cache or --no-engine-cache");
  }

  @Command(name = "caching")
  private static final class Caching extends QuenchCommand {
    @Mixin private EngineCacheOptions cache;

    @Override
    public void execute() {}
  }

  /// @param here whether it can run
  /// @param mayKeep whether it can use a folder
  /// @param folder in which it keeps engines
  private record Recording(boolean here, boolean mayKeep, Optional<Path> folder)
      implements Backend {
    @Override
    public String name() {
      return "tensorrt";
    }

    @Override
    public Availability availability() {
      return here
          ? new Availability.Available("a GPU")
          : new Availability.Unavailable("no GPU", "plug one in");
    }

    @Override
    public Backend cachedIn(Path engines) throws IOException {
      if (!mayKeep) {
        throw new IOException("no access");
      }
      return new Recording(here, true, Optional.of(engines));
    }

    @Override
    public Session open(Model model, SessionOptions options) {
      throw new AssertionError("nothing is opened");
    }
  }
}
