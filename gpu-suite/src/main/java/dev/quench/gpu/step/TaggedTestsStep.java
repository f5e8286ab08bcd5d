// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.report.DriverStop;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.ClassNameFilter;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Do the tests tagged `gpu` pass? Each test is recorded when it starts, which identifies a test
/// that ends the process. A skipped test counts as failed, and so does an empty test plan. Tests of
/// the binary kernels are left out if the step `binary` has run them on this machine.
public final class TaggedTestsStep implements GpuStep {
  /// The first package ensures that only one copy of CUDA's runtime is loaded.
  private static final List<String> PACKAGES = List.of("dev.quench.trt", "dev.quench.xnor.cuda");

  private static final String OF_BINARY = "dev.quench.xnor.cuda.product.BinaryGpuTest";

  @Override
  public void run(StepReport report) {
    for (String name : PACKAGES) {
      run(report, name);
    }
  }

  static void run(StepReport report, String name) {
    report.part(
        name,
        part -> {
          LauncherDiscoveryRequestBuilder request =
              LauncherDiscoveryRequestBuilder.request()
                  .selectors(DiscoverySelectors.selectPackage(name))
                  .filters(TagFilter.includeTags("gpu"));
          Journal journal = new Journal(part, report.isRehearsal());
          if (OF_BINARY.startsWith(name + ".") && report.isDoneBy("binary", "exactness")) {
            request.filters(ClassNameFilter.excludeClassNamePatterns(Pattern.quote(OF_BINARY)));
            journal.passedBefore(OF_BINARY);
          }
          LauncherFactory.create().execute(request.build(), journal);
          journal.requireSuccess();
        });
  }

  private static final class Journal implements TestExecutionListener {
    private final StepPart part;
    private final boolean rehearsal;
    private int passed;
    private int before;
    private int atDriver;
    private int others;

    Journal(StepPart part, boolean rehearsal) {
      this.part = part;
      this.rehearsal = rehearsal;
    }

    void passedBefore(String tests) {
      before++;
      part.add("tests", Map.of("test", tests, "status", "passed in step binary"));
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        part.add("tests", Map.of("test", name(test), "status", "running"));
      }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      others++;
      part.add("tests", Map.of("test", name(test), "status", "skipped", "detail", reason));
      count();
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult outcome) {
      boolean good = outcome.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      if (good && !test.isTest()) {
        return;
      }
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("test", name(test));
      if (good) {
        passed++;
        entry.put("status", "passed");
      } else {
        String trace = outcome.getThrowable().map(Journal::trace).orElse("no reason");
        boolean driver = rehearsal && DriverStop.isIn(trace);
        atDriver += driver ? 1 : 0;
        others += driver ? 0 : 1;
        entry.put("status", driver ? StepReport.AT_DRIVER : "failed");
        entry.put("detail", driver ? trace.lines().findFirst().orElse("") : trace);
      }
      if (test.isTest()) {
        part.replaceLast("tests", entry);
      } else {
        part.add("tests", entry);
      }
      count();
    }

    private void count() {
      part.put("passed", passed).put("failedOrSkipped", others);
    }

    void requireSuccess() {
      if (atDriver > 0) {
        part.standsIn();
      }
      if (passed + before + atDriver == 0 || others > 0) {
        throw new AssertionError(
            passed + " tests passed, " + others + " failed or were skipped; see the list");
      }
    }

    /// Class and method, with the arguments if any.
    private static String name(TestIdentifier test) {
      return test.getUniqueId()
          .replaceAll("\\[engine:[^]]*]/|\\[(class|method|test-template):|]", "");
    }

    private static String trace(Throwable failure) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace, true));
      return trace.toString();
    }
  }
}
