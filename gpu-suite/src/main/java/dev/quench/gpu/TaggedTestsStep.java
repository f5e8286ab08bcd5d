// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Do the tests that need a GPU pass? One that is skipped counts as failed, and so does finding
/// none.
final class TaggedTestsStep implements GpuStep {
  @Override
  public String name() {
    return "tests";
  }

  @Override
  public int limitSeconds() {
    return 300;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectPackage("dev.quench.trt"))
            .filters(TagFilter.includeTags("gpu"))
            .build();
    Recorder recorder = new Recorder(result, flush);
    LauncherFactory.create().execute(request, recorder);
    if (recorder.passed == 0 || recorder.others > 0) {
      throw new AssertionError(
          recorder.passed + " tests passed, " + recorder.others + " failed or were skipped");
    }
  }

  private static final class Recorder implements TestExecutionListener {
    private final ObjectNode result;
    private final Runnable flush;
    private final ArrayNode failures;
    private int passed;
    private int others;

    Recorder(ObjectNode result, Runnable flush) {
      this.result = result;
      this.flush = flush;
      this.failures = result.putArray("notPassed");
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      note(test, "skipped: " + reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult outcome) {
      switch (outcome.getStatus()) {
        case SUCCESSFUL -> passed += test.isTest() ? 1 : 0;
        case ABORTED, FAILED ->
            note(
                test,
                outcome.getStatus()
                    + ": "
                    + outcome.getThrowable().map(Throwable::toString).orElse("no reason"));
      }
      result.put("passed", passed);
      result.put("failedOrSkipped", others);
      flush.run();
    }

    private void note(TestIdentifier test, String outcome) {
      others++;
      failures.addObject().put("test", test.getUniqueId()).put("outcome", outcome);
    }
  }
}
