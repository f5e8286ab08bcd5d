// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.io.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The file of one step, `gpu-STEP.json`: the machine, the status, and the parts with their
/// figures. `docs/results/gpu-step.schema.json` describes it.
///
/// The failure of a part is recorded and does not stop the step. Parts that an earlier process
/// finished on the same machine are kept. Thread-safe.
public final class StepReport {
  /// Everything is done; bars may be missed.
  public static final String DONE = "done";

  public static final String RUNNING = "running";
  public static final String FAILED = "failed";
  public static final String NOT_RUN = "not run";

  /// Status of a step: each part is done or reached the driver.
  public static final String REHEARSED = "rehearsed";

  /// Status of a part in a rehearsal: it stopped at the stand-ins for CUDA, without an earlier
  /// failure.
  public static final String AT_DRIVER = "up to the driver";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Path file;
  private final Machine machine;
  private final boolean rehearsal;
  private final ObjectNode root;
  private final long start = System.nanoTime();

  private StepReport(Path folder, String step, Machine machine, boolean rehearsal) {
    this.folder = folder;
    this.file = file(folder, step);
    this.machine = machine;
    this.rehearsal = rehearsal;
    this.root = JSON.createObjectNode().put("step", step).put("status", RUNNING);
    root.set("environment", machine.toJson());
    ObjectNode parts = root.withObject("/result/parts");
    JsonNode old = read(folder, step);
    if (machine.matches(old.path("environment"))) {
      old.path("result").path("parts").properties().stream()
          .filter(part -> isFinished(part.getValue().path("status").asText()))
          .forEach(part -> parts.set(part.getKey(), part.getValue()));
    }
    flush();
  }

  /// Code that answers one question.
  public interface Answer {
    /// @throws Exception any failure; it is recorded in the part
    void to(StepPart part) throws Exception;
  }

  /// Starts a new report, but keeps the parts that were finished on this machine.
  ///
  /// @param rehearsal whether a stop at the stand-ins for CUDA counts as success
  public static StepReport open(Path folder, String step, Machine machine, boolean rehearsal) {
    return new StepReport(folder, step, machine, rehearsal);
  }

  public boolean isRehearsal() {
    return rehearsal;
  }

  /// The number of repetitions: `count`, or at most 4 in a rehearsal.
  public int times(int count) {
    return rehearsal ? Math.min(count, 4) : count;
  }

  /// Whether a part of another step was done on this machine.
  public boolean isDoneBy(String step, String part) {
    JsonNode other = read(folder, step);
    return machine.matches(other.path("environment"))
        && other.path("result").path("parts").path(part).path("status").asText().equals(DONE);
  }

  /// The folder of all results.
  public Path folder() {
    return folder;
  }

  /// Answers one question, unless an earlier run answered it. Records a failure instead of throwing
  /// it.
  public void part(String name, Answer answer) {
    ObjectNode node;
    synchronized (this) {
      ObjectNode parts = root.withObject("/result/parts");
      if (isFinished(parts.path(name).path("status").asText())) {
        return;
      }
      node = parts.putObject(name).put("status", RUNNING);
      flush();
    }
    StepPart part = new StepPart(this, node);
    long begin = System.nanoTime();
    String status;
    String detail = "";
    try {
      answer.to(part);
      status = part.stoodIn() ? AT_DRIVER : DONE;
    } catch (Throwable e) {
      status = rehearsal && DriverStop.isIn(e) ? AT_DRIVER : FAILED;
      detail = DriverStop.trace(e);
    }
    String ended = status;
    String why = detail;
    change(() -> {
      node.put("status", ended).put("seconds", seconds(begin));
      if (!why.isEmpty()) {
        node.put("detail", why);
      }
    });
  }

  /// Ends the report with the status done or rehearsed if every part is finished, else failed.
  public void end() {
    JsonNode parts = root.path("result").path("parts");
    boolean all =
        !parts.isEmpty()
            && parts.properties().stream()
                .allMatch(part -> isFinished(part.getValue().path("status").asText()));
    end(all ? rehearsal ? REHEARSED : DONE : FAILED, parts.isEmpty() ? "no part ran" : "");
  }

  /// Ends the report as failed, with the failure that stopped the step.
  public void fail(Throwable failure) {
    end(FAILED, DriverStop.trace(failure));
  }

  private void end(String status, String detail) {
    change(() -> {
      root.put("status", status);
      if (!detail.isEmpty()) {
        root.put("detail", detail);
      }
    });
  }

  synchronized void change(Runnable change) {
    change.run();
    flush();
  }

  private void flush() {
    root.put("seconds", seconds(start));
    try {
      AtomicFile.writeString(file, root.toPrettyString() + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isFinished(String status) {
    return status.equals(DONE) || (rehearsal && status.equals(AT_DRIVER));
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  // ---- reports of other processes ----

  /// The status of a step, [#NOT_RUN] without a report.
  public static String status(Path folder, String step) {
    return read(folder, step).path("status").asText(NOT_RUN);
  }

  /// Whether the step is already done or rehearsed on this machine.
  public static boolean isDone(Path folder, String step, Machine machine) {
    JsonNode old = read(folder, step);
    String status = old.path("status").asText();
    return (status.equals(DONE) || status.equals(REHEARSED))
        && machine.matches(old.path("environment"));
  }

  /// Records how a step's process ended that left its report unfinished.
  public static void ended(Path folder, String step, String status) throws IOException {
    ObjectNode old =
        read(folder, step) instanceof ObjectNode there
            ? there
            : JSON.createObjectNode().put("step", step);
    old.put("status", status);
    AtomicFile.writeString(file(folder, step), old.toPrettyString() + "\n");
  }

  /// Lists failed parts and missed bars for the console, one line each.
  public static List<String> remarks(Path folder, String step) {
    List<String> remarks = new ArrayList<>();
    JsonNode report = read(folder, step);
    report.path("detail").asText().lines().findFirst().ifPresent(remarks::add);
    report
        .path("result")
        .path("parts")
        .properties()
        .forEach(entry -> {
          JsonNode part = entry.getValue();
          String status = part.path("status").asText();
          if (!status.equals(DONE) && !status.equals(AT_DRIVER) && !status.equals(REHEARSED)) {
            remarks.add(
                "%s: %s: %s"
                    .formatted(
                        entry.getKey(),
                        status,
                        part.path("detail").asText().lines().findFirst().orElse("no reason")));
          }
          for (JsonNode bar : part.path("bars")) {
            if (!bar.path("holds").asBoolean()) {
              String limit = bar.has("atLeast") ? "atLeast" : "atMost";
              remarks.add(
                  String.format(
                      Locale.ROOT,
                      "%s: BAR MISSED: %s is %s, %s %s",
                      entry.getKey(),
                      bar.path("figure").asText(),
                      bar.path("value").asText(),
                      limit.equals("atLeast") ? "at least" : "at most",
                      bar.path(limit).asText()));
            }
          }
        });
    return remarks;
  }

  private static JsonNode read(Path folder, String step) {
    Path file = file(folder, step);
    try {
      return Files.exists(file) ? JSON.readTree(file.toFile()) : JSON.createObjectNode();
    } catch (IOException e) {
      // The figures of an unreadable report are measured again.
      return JSON.createObjectNode().put("status", "unreadable");
    }
  }

  public static Path file(Path folder, String step) {
    return folder.resolve("gpu-" + step + ".json");
  }
}
